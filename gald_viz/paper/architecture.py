"""Architecture figures: networks of the papers at the papers' sizes, each drawn from its own forward pass."""

from __future__ import annotations

from dataclasses import dataclass

from gald_viz.analysis.graph import condensed, merged
from gald_viz.graph import Graph
from gald_viz.paper.axes import inches, wrapped
from gald_viz.paper.figure import Facts, Made, PaperFigure, Place
from gald_viz.paper.legends import columns_for
from gald_viz.paper.network import box_inches, draw_network, kind_patches, network_inches, pitch
from gald_viz.paper.studio import Studio
from gald_viz.paper.style import SMALL, TEXT
from gald_viz.probes.trace import trace_config
from models.evaluation.arithmetic import cost_of, input_of
from models.presets import preset

_NARROWEST = 0.6  # inches of a box


@dataclass(frozen=True, slots=True)
class Drawn:
    """One network of the figure.

    Attributes:
        heading: above it.
        preset: its name.
        keep: beginnings of the names of the boxes that are drawn; empty for all.
        opened: paths of modules whose children are drawn instead of them.
        scale: of the image's sides, for networks that see several sizes.
    """

    heading: str
    preset: str
    keep: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Networks:
    """What is drawn: headings and graphs, so many in a row."""

    headings: tuple[str, ...]
    graphs: tuple[Graph, ...]
    columns: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a figure of networks holds.

    Attributes:
        networks: one a panel.
        says: what the caption says.
        differs: how they differ from the paper's drawing, if they do.
        columns: networks in a row.
    """

    networks: tuple[Drawn, ...]
    says: str
    differs: str = ""
    columns: int = 1


def architecture_figure(name: str, place: tuple[str, str], title: str, plan: Plan) -> PaperFigure:
    """A figure of networks.

    Args:
        name: of the figure.
        place: paper and number.
        title: above it.
        plan: networks and caption.
    """

    def compute(_studio: Studio) -> Made:
        return trace_networks(plan)

    return PaperFigure(name, *place, title, compute, draw_networks, networks_height, data=False)


def trace_networks(plan: Plan) -> Made:
    """Trace every network at the input of its paper."""
    graphs = tuple(_graph(drawn) for drawn in plan.networks)
    numbers, sizes = {}, {}
    for drawn in plan.networks:
        entry = preset(drawn.preset)
        cost = cost_of(drawn.preset, entry)
        numbers[f"parameters of {drawn.preset}"] = float(cost.params)
        numbers[f"MACs of {drawn.preset}"] = float(cost.macs)
        sizes[drawn.preset] = (
            f"{drawn.preset} at {cost.size[0]} × {cost.size[1]} ({cost.params / 1e6:.1f} M parameters, "
            f"{cost.macs / 1e9:.0f} G MACs)"
        )
    says = (
        f"{plan.says} Boxes are the parts of one forward pass, in colour the named stages, with channels × height × "
        f"width of what leaves them; arrows: what reads what. Presets: {'; '.join(sizes.values())}."
    )
    data = Networks(tuple(drawn.heading for drawn in plan.networks), graphs, plan.columns)
    differs = f"the drawing is made by the network. {plan.differs}".strip()
    return Made(data, Facts(says, differs, numbers=numbers))


def draw_networks(data: Networks, place: Place) -> None:
    """All networks under their headings, the legend below."""
    columns = _columns(data, inches(place)[0])
    rows, own = _rows(data, columns), inches(place)[0] / columns
    tall = [max(network_inches(graph, own) for graph in row) for row in rows]
    axes = place.subplots(len(rows), columns, squeeze=False, height_ratios=tall)
    width = inches(place)[0]
    every = list(zip(data.headings, data.graphs, strict=True))
    for k, axis in enumerate(axes.ravel()):
        if k >= len(every):
            axis.set_axis_off()
            continue
        heading, graph = every[k]
        draw_network(graph, own, axis)
        # Boxes of a short network are not larger than those beside it.
        lacking = (tall[k // columns] - network_inches(graph, own)) / pitch(graph, own)
        bottom, top = axis.get_ylim()
        axis.set_ylim(bottom + lacking, top)
        if heading:
            axis.set_title(wrapped(heading, own), fontsize=TEXT)
    legend = kind_patches(data.graphs)
    place.legend(handles=legend, loc="outside lower center", ncols=columns_for(legend, width))


def networks_height(data: Networks, width: float) -> float:
    """Of all rows with headings and the legend."""
    heading = 0.24 if any(data.headings) else 0.05
    legend = kind_patches(data.graphs)
    lines = -(-len(legend) // columns_for(legend, width))
    columns = _columns(data, width)
    own = width / columns
    rows = sum(max(network_inches(graph, own) for graph in row) + heading for row in _rows(data, columns))
    return rows + lines * SMALL * 1.6 / 72 + 0.08


def _columns(data: Networks, width: float) -> int:
    """As many as there should be, or half of them, and so on, until the boxes are wide enough for their names."""
    columns = data.columns
    while columns > 1 and min(box_inches(graph, width / columns) for graph in data.graphs) < _NARROWEST:
        columns = -(-columns // 2)
    return columns


def _rows(data: Networks, columns: int) -> list[tuple[Graph, ...]]:
    return [data.graphs[k : k + columns] for k in range(0, len(data.graphs), columns)]


def _graph(drawn: Drawn) -> Graph:
    entry = preset(drawn.preset)
    size, classes = input_of(drawn.preset, entry)
    scaled = (round(size[0] * drawn.scale), round(size[1] * drawn.scale))
    graph = merged(trace_config(entry.model, scaled, classes, drawn.opened))
    return condensed(graph, drawn.keep) if drawn.keep else graph
