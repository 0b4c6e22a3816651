"""Fields of several values, one a line, aligned under the first: labels, annotations, taints, tolerations."""

from collections.abc import Iterable, Mapping
from typing import Any

from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_WIDEST = 140  # kubectl's maxAnnotationLen: longer values are cut, or go on lines of their own
_HIDDEN = frozenset({"kubectl.kubernetes.io/last-applied-configuration"})


def values(w: Writer, title: str, lines: Iterable[str], indent: str = "") -> None:
    """Write `Title:  first`, then the other lines under the first.

    Each piece is written by itself, as kubectl does it: a nested writer then indents every piece.
    """
    w.write(0, f"{indent}{title}:\t")
    count = 0
    for text in lines:
        if count:
            w.write(0, indent)
            w.write(0, "\t")
        w.write(0, f"{text}\n")
        count += 1
    if not count:
        w.line("<none>")


def labels(w: Writer, title: str, pairs: Mapping[str, str] | None, indent: str = "") -> None:
    """Write `Labels:  a=1`, sorted."""
    values(w, title, (f"{key}={value}" for key, value in sorted((pairs or {}).items())), indent)


def annotations(w: Writer, title: str, pairs: Mapping[str, str] | None) -> None:
    """Write `Annotations:  a: 1`, sorted, without what `kubectl apply` keeps there."""
    w.write(0, f"{title}:\t")
    shown = [(key, value) for key, value in sorted((pairs or {}).items()) if key not in _HIDDEN]
    for position, (key, value) in enumerate(shown):
        if position:
            w.write(0, "\t")
        _annotation(w, key, value.removesuffix("\n"))
    if not shown:
        w.line("<none>")


def _annotation(w: Writer, key: str, value: str) -> None:
    if _bytes(value) + _bytes(key) + 2 <= _WIDEST and "\n" not in value:
        w.write(0, f"{key}: {value}\n")
        return
    w.write(0, f"{key}:\n")
    for part in value.split("\n"):
        w.write(0, f"\t  {shorten(part, _WIDEST - 2)}\n")


def _bytes(text: str) -> int:
    return len(text.encode())


def shorten(text: str, widest: int) -> str:
    """Cut after `widest` bytes, as Go slices strings."""
    raw = text.encode()
    return text if len(raw) <= widest else raw[:widest].decode(errors="replace") + "..."


def attributes(w: Writer, pairs: Mapping[str, str] | None) -> None:
    """Write the attributes of a CSI volume; kubectl indents their later lines once more than it means to."""
    lead = "    VolumeAttributes:\t"
    for key, value in sorted((pairs or {}).items()):
        w.write(0, f"{lead}    {shorten(f'{key}={value}', _WIDEST)}\n")
        lead = "        \t"
    if not pairs:
        w.write(0, f"{lead}<none>\n")


def metadata(w: Writer, obj: Object) -> None:
    """Write the labels and the annotations of an object."""
    labels(w, "Labels", meta.labels(obj))
    annotations(w, "Annotations", meta.annotations(obj))


def named(w: Writer, obj: Object, *, namespaced: bool = True) -> None:
    """Write what most kinds begin with: name, namespace, labels, annotations."""
    w.field("Name", meta.name(obj))
    if namespaced:
        w.field("Namespace", meta.namespace(obj))
    metadata(w, obj)


def taints(w: Writer, entries: Iterable[dict[str, Any]] | None) -> None:
    """Write the taints of a node, by effect and key."""
    ordered = sorted(entries or (), key=lambda taint: f"{taint.get('effect', '')},{taint['key']}")
    values(w, "Taints", map(taint_string, ordered))


def taint_string(taint: Mapping[str, Any]) -> str:
    """Return key=value:effect, as core/v1's Taint prints itself."""
    key, value, effect = taint["key"], taint.get("value"), taint.get("effect")
    if not effect:
        return f"{key}={value}:" if value else key
    return f"{key}={value}:{effect}" if value else f"{key}:{effect}"


def tolerations(w: Writer, entries: Iterable[dict[str, Any]] | None, indent: str = "") -> None:
    """Write tolerations, by key."""
    ordered = sorted(entries or (), key=lambda toleration: toleration.get("key") or "")
    values(w, f"{indent}Tolerations", map(_toleration, ordered))


def _toleration(entry: Mapping[str, Any]) -> str:
    key, value, effect = entry.get("key") or "", entry.get("value"), entry.get("effect")
    text = key + (f"={value}" if value else "") + (f":{effect}" if effect else "")
    if entry.get("operator") == "Exists" and not value:
        text += " op=Exists" if key or effect else "op=Exists"
    seconds = entry.get("tolerationSeconds")
    return text if seconds is None else f"{text} for {seconds}s"
