"""Descriptions of kinds and fields out of the docstrings of the package lightkube-models, where it is installed. None is kept here.

KCTL_DESCRIPTIONS=none in the environment does without: what is printed is then the same everywhere.
"""

import os
import re
import sys
from functools import cache

_CLASS = re.compile(r'^class (\w+)\(.*?\):\n    r?"""(.*?)"""', re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^\s+\* \*\*(\S+)\*\* ``.*?`` - ", re.MULTILINE)
_HEAD = "**parameters**"


def describe(definition: str, field: str = "") -> str:
    """Return the description of io.k8s.api.apps.v1.Deployment, or of one of its fields; "" where there is none."""
    package, _, name = definition.rpartition(".")
    docstring = _docstrings(_module(package)).get(name)
    if docstring is None:
        return ""
    head, _, fields = docstring.partition(_HEAD)
    return _fields(fields).get(field, "") if field else _unwrapped(head)


def source() -> str:
    """Return what tells one edition of the prose from another, "" where there is none."""
    folder = _folder()
    if folder is None:
        return ""
    path = os.path.join(folder, "core_v1.py")
    return f"{os.path.getsize(path)}"


def _module(package: str) -> str:
    """Return apps_v1 for io.k8s.api.apps.v1; modules of things that have no version are called by their last name."""
    *_, before, last = package.split(".")
    return f"{before}_{last}" if last[:1] == "v" and last[1:2].isdigit() or last == "intstr" else last


@cache
def _folder() -> str | None:
    if os.environ.get("KCTL_DESCRIPTIONS") == "none":
        return None
    # Found without an import: it would load the library lightkube.
    for place in sys.path:
        folder = os.path.join(place, "lightkube", "models")
        if os.path.exists(os.path.join(folder, "core_v1.py")):
            return folder
    return None


@cache
def _docstrings(module: str) -> dict[str, str]:
    folder = _folder()
    path = os.path.join(folder, module + ".py") if folder is not None else ""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return dict(_CLASS.findall(file.read()))


@cache
def _fields(text: str) -> dict[str, str]:
    parts = _FIELD.split(text)
    return {name: _unwrapped(body) for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def _unwrapped(text: str) -> str:
    """Return paragraphs with one line each, an empty line between them."""
    paragraphs = re.split(r"\n[ \t]*\n", text.strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
