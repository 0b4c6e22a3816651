"""kubectl describe ingress, and ingressclass."""

from typing import Any

from minikube_py.describers import backends, events, golang, multiline
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta
from minikube_py.machinery.errors import StatusError
from minikube_py.machinery.meta import Object


def describe(ingress: Object, w: Writer, context: Context) -> None:
    """Write an ingress."""
    spec, space = ingress.get("spec") or {}, meta.namespace(ingress)
    w.field("Name", meta.name(ingress))
    multiline.labels(w, "Labels", meta.labels(ingress))
    w.field("Namespace", space)
    w.field("Address", _addresses(golang.at(ingress, "status.loadBalancer.ingress", ())))
    w.field("Ingress Class", golang.at(spec, "ingressClassName", "<none>"))
    default = "<default>" if spec.get("defaultBackend") is None else _backend(spec["defaultBackend"], space, context)
    w.field("Default backend", default)
    _certificates(w, spec.get("tls"))
    w.write(0, "Rules:\n  Host\tPath\tBackends\n")
    w.row(1, "----", "----", "--------")
    rules = [rule for rule in spec.get("rules") or () if rule.get("http") is not None]
    for rule in rules:
        w.write(1, f"{rule.get('host') or '*'}\t\n")
        for path in rule["http"].get("paths") or ():
            w.row(2, "", f"{path.get('path') or ''} ", _backend(path.get("backend") or {}, space, context))
    if not rules:
        w.row(1, "*", "*", default)
    multiline.annotations(w, "Annotations", meta.annotations(ingress))
    events.section(w, ingress, context)


def _addresses(entries: Any) -> str:
    return ",".join(sorted({entry.get("ip") or entry.get("hostname") or "" for entry in entries} - {""}))


def _certificates(w: Writer, entries: list[dict[str, Any]] | None) -> None:
    if not entries:
        return
    w.line("TLS:")
    for entry in entries:
        hosts = ",".join(entry.get("hosts") or ())
        w.write(1, f"{entry['secretName']} terminates {hosts}\n" if entry.get("secretName") else f"SNI routes {hosts}\n")


def _backend(backend: dict[str, Any], namespace: str, context: Context) -> str:
    if backend.get("service") is not None:
        return _service(backend["service"], namespace, context)
    resource = backend.get("resource")
    if resource is None:
        return ""
    group = golang.at(resource, "apiGroup", "<none>")
    return f"APIGroup: {group}, Kind: {resource.get('kind') or ''}, Name: {resource.get('name') or ''}"


def _service(reference: dict[str, Any], namespace: str, context: Context) -> str:
    name, port = reference.get("name") or "", reference.get("port") or {}
    number, port_name = port.get("number") or 0, port.get("name") or ""
    text = f"{name}:{number or port_name}"
    try:
        found = backends.slices(context.client, namespace, name)
        service = context.client.get("services", name, namespace)
    except StatusError as error:
        return f"{text} (<error: {error}>)"
    chosen = ""
    for each in golang.at(service, "spec.ports", ()):
        if (number and number == each.get("port")) or (port_name and port_name == each.get("name")):
            chosen = each.get("name") or ""
    return f"{text} ({backends.text(found, chosen)})"


def describe_class(ingress_class: Object, w: Writer, context: Context) -> None:
    """Write an ingress class."""
    multiline.named(w, ingress_class, namespaced=False)
    w.field("Controller", golang.at(ingress_class, "spec.controller", ""))
    parameters = golang.at(ingress_class, "spec.parameters")
    if parameters is not None:
        w.line("Parameters:")
        if parameters.get("apiGroup") is not None:
            w.field("APIGroup", parameters["apiGroup"], 1)
        w.field("Kind", parameters.get("kind") or "", 1)
        w.field("Name", parameters.get("name") or "", 1)
    events.section(w, ingress_class, context)
