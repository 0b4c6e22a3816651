"""Volumes of pods, and the source of a persistent volume."""

from typing import Any

from minikube_py.describers import golang, multiline, volumeclaims, volumesources
from minikube_py.describers.writer import Writer


def section(w: Writer, volumes: list[dict[str, Any]] | None, indent: str = "") -> None:
    """Write the volumes of a pod, or of a template with an indent of two spaces."""
    if not volumes:
        w.write(0, f"{indent}Volumes:\t<none>\n")
        return
    w.write(0, f"{indent}Volumes:\n")
    for volume in volumes:
        w.write(1, f"{' ' if indent else ''}{volume['name']}:\n")
        source(w, volume, volumesources.POD)


def source(w: Writer, holder: dict[str, Any], known: tuple[volumesources.Source, ...]) -> None:
    """Write where a volume comes from."""
    for entry in known:
        body = holder.get(entry.field)
        if body is not None:
            w.field("Type", entry.meaning, 2)
            for label, path, show in entry.lines:
                w.row(2, label, show(golang.at(body, path)))
            if entry.field in _MORE:
                _MORE[entry.field](w, body)
            return
    w.write(1, "<unknown>\n")


def _downward(w: Writer, body: dict[str, Any]) -> None:
    w.write(2, "Items:\n")
    for item in body.get("items") or ():
        for reference, field in (("fieldRef", "fieldPath"), ("resourceFieldRef", "resource")):
            if item.get(reference) is not None:
                w.write(3, f"{item[reference].get(field) or ''} -> {item.get('path') or ''}\n")


def _projected(w: Writer, body: dict[str, Any]) -> None:
    for part in body.get("sources") or ():
        if part.get("secret") is not None:
            _optional(w, "SecretName", part["secret"])
        elif part.get("downwardAPI") is not None:
            w.field("DownwardAPI", "true", 2)
        elif part.get("configMap") is not None:
            _optional(w, "ConfigMapName", part["configMap"])
        elif part.get("serviceAccountToken") is not None:
            w.field("TokenExpirationSeconds", golang.show(part["serviceAccountToken"].get("expirationSeconds")), 2)


def _optional(w: Writer, label: str, reference: dict[str, Any]) -> None:
    w.field(label, reference.get("name") or "", 2)
    w.field("Optional", golang.boolean(reference.get("optional")), 2)


def _ephemeral(w: Writer, body: dict[str, Any]) -> None:
    template = body.get("volumeClaimTemplate")
    if template is not None:
        volumeclaims.describe_template(w.nested(2), template)


def _csi(w: Writer, body: dict[str, Any]) -> None:
    multiline.attributes(w, body.get("volumeAttributes"))


_MORE = {"downwardAPI": _downward, "projected": _projected, "ephemeral": _ephemeral, "csi": _csi}
