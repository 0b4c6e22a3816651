"""What a container needs of other objects before it can be made: environment variables, volumes' sources."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from minikube_py.client.api import Client
from minikube_py.kits import gofmt
from minikube_py.kubelet.runtime import RuntimeFailure
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_CONFIG_ERROR = "CreateContainerConfigError"
_SUBSCRIPT = r"metadata\.(labels|annotations)\['([^']+)'\]$"
_REFERENCE = re.compile(r"\$\$|\$\(([^)]*)\)")


class Missing(Exception):
    """A volume's source is not there yet; the text is the message of the FailedMount event."""


class Sources:
    """Looks up config maps and secrets as one node, each once."""

    def __init__(self, client: Client, namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        self._known: dict[tuple[str, str], Object | None] = {}

    def get(self, resource: str, name: str) -> Object | None:
        """Return a configmap or secret of the pod's namespace, or None."""
        if (resource, name) not in self._known:
            self._known[resource, name] = self._client.find(resource, name, self._namespace)
        return self._known[resource, name]


def variables(pod: Object, container: Mapping[str, Any], sources: Sources, status: Mapping[str, Any], node: Object,
              services: Mapping[str, str] | None = None) -> list[tuple[str, str]]:  # fmt: skip
    """Return a container's environment; RuntimeFailure(CreateContainerConfigError) where something it names is missing.

    `status` holds the addresses that the pod has by now; limits that it does not set are those of the node. `services` are variables that are
    there before all others.
    """
    found: dict[str, str] = dict(services or {})
    for item in container.get("envFrom") or ():
        found.update(_all_of(item, sources))
    for item in container.get("env") or ():
        source = item.get("valueFrom")
        value = _value(pod, container, source, sources, status, node) if source else expand(item.get("value", ""), found)
        if value is not None:
            found[item["name"]] = value
    return list(found.items())


def expand(text: str, known: Mapping[str, str], missing: set[str] | None = None) -> str:
    """Return a text with $(NAME) replaced by known variables; $$(NAME) stays as $(NAME). Names that are not known are added to `missing`."""

    def replaced(match: re.Match[str]) -> str:
        if match.group() == "$$":
            return "$"
        if missing is not None and match.group(1) not in known:
            missing.add(match.group(1))
        return known.get(match.group(1), match.group())

    return _REFERENCE.sub(replaced, text)


def _all_of(item: Mapping[str, Any], sources: Sources) -> Iterator[tuple[str, str]]:
    prefix = item.get("prefix", "")
    for field, resource, kind in (("configMapRef", "configmaps", "configmap"), ("secretRef", "secrets", "secret")):
        reference = item.get(field)
        if not reference:
            continue
        obj = sources.get(resource, reference["name"])
        if obj is None:
            if reference.get("optional"):
                continue
            raise RuntimeFailure(_CONFIG_ERROR, f'{kind} "{reference["name"]}" not found')
        for key, value in (obj.get("data") or {}).items():
            yield prefix + key, _plain(value) if resource == "secrets" else value


def _value(pod: Object, container: Mapping[str, Any], source: Mapping[str, Any], sources: Sources, status: Mapping[str, Any], node: Object) -> str | None:
    if "fieldRef" in source:
        return field_value(pod, source["fieldRef"]["fieldPath"], status)
    if "resourceFieldRef" in source:
        return resource_value(pod, container, source["resourceFieldRef"], node)
    for field, resource, kind in (("configMapKeyRef", "configmaps", "configmap"), ("secretKeyRef", "secrets", "secret")):
        if field in source:
            return _key_of(source[field], resource, kind, sources, meta.namespace(pod))
    return None


def _key_of(reference: Mapping[str, Any], resource: str, kind: str, sources: Sources, namespace: str) -> str | None:
    obj = sources.get(resource, reference["name"])
    optional = reference.get("optional")
    if obj is None:
        if optional:
            return None
        raise RuntimeFailure(_CONFIG_ERROR, f'{kind} "{reference["name"]}" not found')
    value = (obj.get("data") or {}).get(reference["key"])
    if value is None:
        if optional:
            return None
        title = "ConfigMap" if kind == "configmap" else "Secret"
        raise RuntimeFailure(_CONFIG_ERROR, f"couldn't find key {reference['key']} in {title} {namespace}/{reference['name']}")
    return _plain(value) if kind == "secret" else str(value)


def _plain(encoded: str) -> str:
    import base64

    return base64.b64decode(encoded).decode("utf-8", "replace")


def field_value(pod: Object, path: str, status: Mapping[str, Any]) -> str:
    """Return what a downward API fieldPath gives."""
    match = re.match(_SUBSCRIPT, path)
    if match:
        return str((pod["metadata"].get(match.group(1)) or {}).get(match.group(2), ""))
    if path in ("metadata.labels", "metadata.annotations"):
        items = pod["metadata"].get(path.partition(".")[2]) or {}
        return "\n".join(f"{key}={gofmt.quote(value)}" for key, value in sorted(items.items()))
    top, _, field = path.partition(".")
    holder = status if top == "status" else pod.get(top) or {}
    if field in ("podIPs", "hostIPs"):
        return ",".join(entry["ip"] for entry in holder.get(field) or ())
    return str(holder.get(field, ""))


def resource_value(pod: Object, container: Mapping[str, Any], reference: Mapping[str, Any], node: Object) -> str:
    """Return what a downward API resourceFieldRef gives, in units of its divisor, rounded up.

    It is about `container` where it names none. A limit that is not set is what the node has to give.
    """
    from minikube_py.machinery import quantity

    named = reference.get("containerName") or container["name"]
    about = next((item for item in meta.containers(pod["spec"]) if item["name"] == named), container)
    kind, _, name = str(reference["resource"]).partition(".")
    amount = ((about.get("resources") or {}).get(kind) or {}).get(name)
    if amount is None and kind == "limits":
        amount = ((node.get("status") or {}).get("allocatable") or {}).get(name)
    if amount is None:
        return "0"
    divisor = str(reference.get("divisor") or "1")
    unit = quantity.parse(divisor if divisor != "0" else "1")
    return str(-(-quantity.parse(amount).milli_value() // unit.milli_value()))


def used_volumes(pod: Object) -> list[dict[str, Any]]:
    """Return the volumes that some container mounts: kubelets pass over others."""
    spec = pod["spec"]
    containers = [*meta.containers(spec), *(spec.get("ephemeralContainers") or ())]
    names = {use["name"] for container in containers for field in ("volumeMounts", "volumeDevices") for use in container.get(field) or ()}
    return [volume for volume in spec.get("volumes") or () if volume["name"] in names]


def claim_of(pod: Object, volume: Mapping[str, Any]) -> str:
    """Return the name of a volume's claim; empty where it has none."""
    if "ephemeral" in volume:
        return f"{meta.name(pod)}-{volume['name']}"
    return str((volume.get("persistentVolumeClaim") or {}).get("claimName", ""))


def check_volumes(pod: Object, sources: Sources, client: Client, *, begun: bool) -> None:
    """Raise Missing where a volume's source is not there. A pod that has `begun` has its volumes: it keeps those whose claims are being deleted."""
    volumes = used_volumes(pod)
    for volume in volumes:
        found = [problem for reference in _references(volume) if (problem := _problem(*reference, sources))]
        if found:
            why = f"[{', '.join(dict.fromkeys(found))}]" if len(set(found)) > 1 else found[0]
            raise Missing(f'MountVolume.SetUp failed for volume "{volume["name"]}" : {why}')
    problems = {volume["name"]: _problem_of_claim(claim, meta.namespace(pod), client, begun=begun)
                for volume in volumes if (claim := claim_of(pod, volume))}  # fmt: skip
    refuse_claims({name: problem for name, problem in problems.items() if problem})


def refuse_claims(problems: Mapping[str, str]) -> None:
    """Raise Missing where volumes, by their names, have something against their claims."""
    if problems:
        names = f"[{' '.join(sorted(problems))}]"
        raise Missing(f"Unable to attach or mount volumes: unmounted volumes={names}, unattached volumes=[], failed to process volumes={names}: "
                      f"{'; '.join(problems.values())}")  # fmt: skip


def _problem_of_claim(name: str, namespace: str, client: Client, *, begun: bool) -> str:
    claim = client.find("persistentvolumeclaims", name, namespace)
    if claim is None:
        why = f'failed to fetch PVC from API server: persistentvolumeclaims "{name}" not found'
    elif meta.is_deleting(claim) and not begun:
        why = "PVC is being deleted"
    elif meta.phase(claim) != "Bound":
        why = "PVC is not bound"
    else:
        return ""
    return f"error processing PVC {namespace}/{name}: {why}"


def _problem(resource: str, kind: str, reference: Mapping[str, Any], sources: Sources) -> str:
    """Return why a config map or secret cannot be mounted; empty where it can."""
    name = reference.get("name") or reference.get("secretName")
    if not name or reference.get("optional"):
        return ""
    obj = sources.get(resource, name)
    if obj is None:
        return f'{kind} "{name}" not found'
    known = {**(obj.get("data") or {}), **(obj.get("binaryData") or {})}
    for item in reference.get("items") or ():
        if item["key"] not in known:
            what = "configmap references non-existent config key" if kind == "configmap" else "references non-existent secret key"
            return f"{what}: {item['key']}"
    return ""


def _references(volume: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for item in (volume, *((volume.get("projected") or {}).get("sources") or ())):
        if "configMap" in item:
            yield "configmaps", "configmap", item["configMap"]
        if "secret" in item:
            yield "secrets", "secret", item["secret"]
