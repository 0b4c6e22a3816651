"""Topology spread constraints of a pod or of a template."""

from typing import Any

from minikube_py.describers import multiline, selecting
from minikube_py.describers.writer import Writer


def section(w: Writer, constraints: list[dict[str, Any]] | None, indent: str = "") -> None:
    """Write the constraints, by key; nothing where there are none."""
    if constraints:
        ordered = sorted(constraints, key=lambda constraint: constraint.get("topologyKey") or "")
        multiline.values(w, "Topology Spread Constraints", map(_text, ordered), indent)


def _text(constraint: dict[str, Any]) -> str:
    text = f"{constraint.get('topologyKey') or ''}:{constraint.get('whenUnsatisfiable') or ''} when max skew {constraint.get('maxSkew') or 0} is exceeded"
    selector = constraint.get("labelSelector")
    return text if selector is None else f"{text} for selector {selecting.text(selector)}"
