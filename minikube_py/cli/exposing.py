"""What an object says of a service for its pods: their labels, ports and protocols (kubectl pkg/polymorphichelpers)."""

from collections.abc import Mapping, Sequence

from minikube_py.cli import generating
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource

_EXPOSED = {("", "ReplicationController"), ("", "Service"), ("", "Pod"), ("apps", "Deployment"), ("apps", "ReplicaSet")}


def check(resource: Resource) -> None:
    """Refuse what has no pods that a service could lead to."""
    if (resource.group, resource.kind) not in _EXPOSED:
        raise KctlError(f"cannot expose a {resource.kind}{'.' if resource.group else ''}{resource.group}")


def selector(obj: Object) -> Mapping[str, str]:
    """Return the labels of the pods; KctlError where there are none, or no labels can say which they are."""
    kind, found = obj["kind"], obj["spec"].get("selector")
    if kind == "Pod":
        if not obj["metadata"].get("labels"):
            raise KctlError("the pod has no labels and cannot be exposed")
        return dict(obj["metadata"]["labels"])
    if kind == "Service" and found is None:
        raise KctlError("the service has no pod selector set")
    if kind in ("Service", "ReplicationController"):
        return found or {}
    labels = (found or {}).get("matchLabels")
    if not labels:
        raise KctlError(f"invalid {kind.lower()}: no selectors, therefore cannot be exposed")
    expressions = found.get("matchExpressions")
    if expressions:
        shown = f'"[{" ".join(map(_shown, expressions))}]"'
        raise KctlError(f"couldn't convert expressions - {shown} to map-based selector format")
    return dict(labels)


def _shown(expression: Object) -> str:
    """Return an expression as Go's %+v shows the struct."""
    return f"{{Key:{expression['key']} Operator:{expression['operator']} Values:[{' '.join(expression.get('values') or ())}]}}"


def _declared(obj: Object) -> list[tuple[str, str]]:
    """Return the number and the protocol of each port."""
    if obj["kind"] == "Service":
        return [(str(port["port"]), port.get("protocol") or "TCP") for port in obj["spec"].get("ports") or ()]
    spec = obj["spec"] if obj["kind"] == "Pod" else obj["spec"]["template"]["spec"]
    return [(str(port["containerPort"]), port.get("protocol") or "TCP") for each in spec.get("containers") or () for port in each.get("ports") or ()]


def ports(obj: Object) -> list[str]:
    """Return the numbers of the ports, each once."""
    return list(dict.fromkeys(number for number, _ in _declared(obj)))


def protocols(obj: Object) -> dict[str, list[str]]:
    """Return the protocols of each port."""
    found: dict[str, list[str]] = {}
    for number, protocol in _declared(obj):
        found.setdefault(number, []).append(protocol)
    return found


def service_ports(numbers: Sequence[str], known: Mapping[str, Sequence[str]], protocol: str, target: str) -> list[Object]:
    """Return the ports of the service. Several get names: port-1, port-2; so do the protocols of one: port-1-tcp, port-1-udp."""
    found: list[Object] = []
    for count, text in enumerate(numbers, 1):
        number = _number(text)
        spoken = [protocol] if protocol else list(known.get(text) or ("TCP",))
        name = f"port-{count}" if len(numbers) > 1 else ""
        for each in spoken:
            found.append({
                "name": name if len(spoken) == 1 else f"port-{count}-{each.lower()}",
                "port": number,
                "protocol": each,
                "targetPort": generating.int_or_text(target) if target else number,
            })  # fmt: skip
    return found


def _number(text: str) -> int:
    number = generating.int_or_text(text)
    if isinstance(number, str):
        raise KctlError(f'strconv.Atoi: parsing "{text}": invalid syntax')
    return number
