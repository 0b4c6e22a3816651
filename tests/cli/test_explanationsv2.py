"""How explain --output=plaintext-openapiv2 breaks the lines of descriptions."""

from types import SimpleNamespace
from typing import Any

import pytest

from minikube_py.cli import explanationsv2


@pytest.mark.parametrize(
    ("description", "lines"),
    [
        ("Short.\n\nThe rest.", ["Short.", "The rest."]),  # an empty line behind a single one that is not full counts for nothing
        ("Short.\n\nThe rest.\n\nMore.", ["Short.", "The rest.", "", "More."]),
        ("As follows:\nthis\nand that", ["As follows:", "this and that"]),
        ("Any of:\n- one\n- two\n\n    code", ["Any of:", "- one", "- two", "", "    code"]),
    ],
)
def test_empty_lines_lists_and_code(description: str, lines: list[str]) -> None:
    definitions: Any = SimpleNamespace(resolve=lambda reference: None)
    resource: Any = SimpleNamespace(kind="Thing", api_version="v1")
    text = explanationsv2.Explanation(definitions, recursive=False).text(resource, {"type": "string", "description": description}, [])
    shown = [f"     {line}" if line else "" for line in lines]
    assert text.split("DESCRIPTION:\n")[1] == "\n".join(shown) + "\n"
