"""How much of a document may come from aliases: goyaml's bounds, by the number of nodes."""

import pytest

from minikube_py.kits.yaml import aliases
from minikube_py.kits.yaml.errors import YAMLError


@pytest.mark.parametrize(
    ("size", "before", "is_fine"),
    [
        (101, 0, True),  # a small document may be all aliases
        (100, 901, True),
        (999, 1, True),
        (1000, 1, False),
        (390_000, 4_000, True),
        (390_000, 3_000, False),
        (1_190_000, 1_010_000, True),  # 2.2 million nodes: 54.5 per cent
        (1_210_000, 990_000, False),
        (400_000, 3_700_000, True),  # from 4 million on a tenth
        (420_000, 3_700_000, False),
    ],
)
def test_the_larger_a_document_the_less_of_it_may_be_aliases(size: int, before: int, is_fine: bool) -> None:
    anchors = aliases.Anchors()
    anchors.open("a")
    anchors.record("a", "value", size)
    if is_fine:
        assert anchors.expand("a", before, 0) == ("value", size)
        return
    with pytest.raises(YAMLError, match="document contains excessive aliasing"):
        anchors.expand("a", before, 0)


def test_all_aliases_of_a_document_count_together() -> None:
    anchors = aliases.Anchors()
    anchors.record("a", {"b": []}, 600)
    first, second = anchors.expand("a", 600, 0)[0], anchors.expand("a", 1200, 0)[0]
    assert first == second == {"b": []} and first is not second and first["b"] is not second["b"]
    with pytest.raises(YAMLError, match="document contains excessive aliasing"):
        anchors.expand("a", 1200, 0)  # 1,800 of 1,800 nodes
