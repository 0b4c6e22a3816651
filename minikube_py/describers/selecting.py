"""Label selectors in kubectl's words."""

from collections.abc import Mapping
from typing import Any

_SPELLING = {"In": " in ", "NotIn": " notin "}


def expression(selector: Mapping[str, Any] | None) -> str:
    """Return `app=web,tier in (a,b),!old`, as the labels.Selector of a LabelSelector prints itself; empty for all and for none."""
    if not selector:
        return ""
    terms = [(key, f"{key}={value}") for key, value in (selector.get("matchLabels") or {}).items()]
    terms += [(term["key"], _requirement(term)) for term in selector.get("matchExpressions") or ()]
    return ",".join(text for _, text in sorted(terms, key=lambda term: term[0]))


def text(selector: Mapping[str, Any] | None) -> str:
    """Return the same, `<none>` where it is empty."""
    return expression(selector) or "<none>"


def _requirement(term: Mapping[str, Any]) -> str:
    key, operator = term["key"], term.get("operator")
    if operator in _SPELLING:
        return f"{key}{_SPELLING[operator]}({','.join(sorted(term.get('values') or ()))})"
    return f"!{key}" if operator == "DoesNotExist" else str(key)


def pairs(labels: Mapping[str, str] | None) -> str:
    """Return `a=1,b=2`, sorted; `<none>` where there are none."""
    return ",".join(sorted(f"{key}={value}" for key, value in (labels or {}).items())) or "<none>"
