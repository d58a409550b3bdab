"""Widgets that a script of ours draws in JupyterLab.

anywidget gives a widget two seconds to load. One whose page was busy for longer is drawn all the same, but no change
reaches it ever again. So anywidget only draws here; what can change is kept by a widget of Jupyter's own, which has no
such limit.
"""

from __future__ import annotations

from typing import Any, ClassVar

import anywidget
import ipywidgets
import traitlets

_HOST = """
export default {
  async render({ model, el }) {
    return draw(await model.widget_manager.get_model(model.get('keeper')), el);
  },
};
"""


class Scripted(ipywidgets.VBox):
    """Keeps the synced traits of its subclass, which a script draws.

    Attributes:
        script: JavaScript with a function ``draw(model, el)``, which returns a function that ends the drawing.
    """

    script: ClassVar[str]

    def __init__(self, **state: Any) -> None:
        super().__init__(**state)
        self.children = (_Drawing(_esm=self.script + _HOST, keeper=self.model_id),)

    def close(self) -> None:
        """Take it away, and the drawing with it."""
        for drawing in self.children:
            drawing.close()
        super().close()


class _Drawing(anywidget.AnyWidget):
    """What is set once, when it is made."""

    _esm = traitlets.Unicode().tag(sync=True)
    keeper = traitlets.Unicode().tag(sync=True)
