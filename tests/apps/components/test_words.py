import pytest

from apps.components.words import plain


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("final_checkpoint-2.safetensors", "final_checkpoint-2.safetensors"),
        ("![x](y.png)", r"!\[x\](y.png)"),
        ("**road** `car`", r"\*\*road\*\* \`car\`"),
        ("_a_ <b>", r"\_a\_ \<b>"),
        ("$x$ ~~y~~", r"\$x\$ \~\~y\~\~"),
        ("two\nlines", "two lines"),
        ("back\\slash", "back\\\\slash"),
    ],
)
def test_no_name_is_markdown(name, shown):
    assert plain(name) == shown
