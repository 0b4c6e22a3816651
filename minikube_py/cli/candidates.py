"""Which values flags and arguments can have: the names of objects, of types, of contexts (kubectl's pkg/util/completion)."""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from minikube_py.cli.factory import GLOBAL_FLAGS
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.cli.flags import Flag

DEFAULT, NO_SPACE, NO_FILES, EXTENSIONS = 0, 2, 4, 8
_WORKLOADS = ("deployment", "daemonset", "statefulset")
_SCALED = ("deployment", "replicaset", "replicationcontroller", "statefulset")
_WITH_PODS = ("daemonsets", "deployments", "pods", "jobs", "replicasets", "replicationcontrollers", "services", "statefulsets")
# Commands on objects: the types that they are for (none: all of them).
_OBJECTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("get", "debug", "annotate", "label", "delete", "describe", "edit", "patch", "apply edit-last-applied", "apply view-last-applied"), ()),
    **dict.fromkeys(("rollout history", "rollout restart", "rollout undo", "rollout status"), _WORKLOADS),
    **dict.fromkeys(("rollout pause", "rollout resume"), ("deployment",)),
    **dict.fromkeys(("autoscale", "scale"), _SCALED),
    "expose": ("pod", "service", "replicationcontroller", "deployment", "replicaset"),
    "taint": ("node",),
    "set image": ("daemonsets", "deployments", "pods", "cronjobs", "replicasets", "replicationcontrollers", "statefulsets"),
}  # fmt: skip
_ONCE = ("rollout status", "set image")  # one object only
_NAMES = {"cordon": "node", "uncordon": "node", "drain": "node", "top node": "node", "top pod": "pod", "create token": "serviceaccount"}
_ENTRIES = {"config use-context": "contexts", "config delete-context": "contexts", "config rename-context": "contexts", "config set-context": "contexts",
            "config delete-cluster": "clusters", "config delete-user": "users"}  # fmt: skip
_SHELLS = ("bash", "zsh", "fish", "powershell")
_CHOICES = {
    "dry-run": ("none", "client", "server"),
    "cascade": ("background", "foreground", "orphan"),
    "subresource": ("status", "scale", "resize"),
    "load-restrictor": ("LoadRestrictionsNone", "LoadRestrictionsRootOnly"),
}
_OF_KUBECONFIG = tuple(flag for flag in GLOBAL_FLAGS if flag.name in ("context", "cluster", "user"))  # create and set mean something else by --user
_FORMATS = ("json", "yaml", "name", "go-template", "go-template-file", "template", "templatefile", "jsonpath", "jsonpath-as-json", "jsonpath-file",
            "custom-columns", "custom-columns-file", "wide")  # fmt: skip


class Offer(NamedTuple):
    """What can stand there (with a tab and a description, where there is one), and how the shell is to take it."""

    candidates: list[str]
    directive: int


def of_flag(path: str, flag: "Flag", factory: "Factory", arguments: list[str], last: str) -> Offer:
    """Offer values of a flag."""
    if flag.name == "filename":
        return Offer(["json", "yaml", "yml"], EXTENSIONS)
    if flag.name == "namespace":
        return Offer(_named(factory, "namespace", last), NO_FILES)
    if flag in _OF_KUBECONFIG:
        return Offer(_entries(factory, f"{flag.name}s", last), NO_FILES)
    if (path, flag.name) == ("exec", "container"):
        return Offer(_containers(factory, arguments[0], last) if arguments else [], NO_FILES)
    if (path, flag.name) == ("create clusterrolebinding", "clusterrole"):
        return Offer(_named(factory, "clusterrole", last), NO_FILES)
    choices = _choices(path, flag)
    return Offer(_starting(choices, last), NO_FILES if choices else DEFAULT)


def _choices(path: str, flag: "Flag") -> tuple[str, ...]:
    if flag.name == "output":
        listed = re.search(r"One of: \(([a-z, |-]+)\)", flag.usage)
        return _FORMATS if path == "get" else tuple(re.split(r"[,|] ?", listed[1])) if listed else ()
    return _CHOICES.get(flag.name, ()) if path != "auth can-i" else ()


def of_arguments(path: str, opened: "Callable[[], Factory]", arguments: list[str], last: str) -> Offer | None:
    """Offer arguments of a command; None where nothing is known of them."""
    if path == "completion":
        return Offer([], DEFAULT) if arguments else Offer(_starting(_SHELLS, last), NO_FILES)
    if path in _OBJECTS:
        return _objects(opened(), _OBJECTS[path], arguments, last, repeated=path not in _ONCE)
    if path in _NAMES:
        return Offer([] if arguments else _named(opened(), _NAMES[path], last), NO_FILES)
    if path in _ENTRIES:
        return Offer([] if arguments else _entries(opened(), _ENTRIES[path], last), NO_FILES)
    if path in ("logs", "exec", "attach", "port-forward"):
        return _pods(path, opened(), arguments, last)
    if path == "cp":
        return Offer([], NO_SPACE) if arguments else _copied(opened(), last)
    return None


def _pods(path: str, factory: "Factory", arguments: list[str], last: str) -> Offer:
    if not arguments:
        return _pod_or_type(factory, last)
    if len(arguments) > 1 or path in ("exec", "attach"):
        return Offer([], NO_FILES)
    return Offer(_containers(factory, arguments[0], last) if path == "logs" else _ports(factory, arguments[0], last), NO_FILES)


def _pod_or_type(factory: "Factory", last: str) -> Offer:
    if "/" in last:
        return Offer(_slashed(factory, last), NO_FILES)
    found = _named(factory, "pod", last)
    return Offer(found + [f"{kind}/" for kind in _starting(_WITH_PODS, last)], NO_FILES if found else NO_FILES | NO_SPACE)


def _objects(factory: "Factory", allowed: tuple[str, ...], arguments: list[str], last: str, *, repeated: bool) -> Offer:
    """Offer types and names: TYPE NAME ..., or TYPE/NAME ...."""
    if arguments and "/" not in arguments[0]:
        found = _named(factory, arguments[0], last) if repeated or len(arguments) == 1 else []
        return Offer([name for name in found if name not in arguments[1:]], NO_FILES)
    if arguments and not repeated:
        return Offer([], NO_FILES)
    if "/" in last:
        return Offer([name for name in _slashed(factory, last) if name not in arguments], NO_FILES)
    kinds = _starting(allowed, last) if allowed else _types(factory, last)
    return Offer([f"{kind}/" for kind in kinds], NO_FILES | NO_SPACE) if arguments else Offer(kinds, NO_FILES)


def _starting(texts: Iterable[str], start: str) -> list[str]:
    return [text for text in texts if text.startswith(start)]


def _slashed(factory: "Factory", last: str) -> list[str]:
    kind, _, start = last.partition("/")
    return [f"{kind}/{name}" for name in _named(factory, kind, start)]


def _types(factory: "Factory", last: str) -> list[str]:
    """Return the types that can be read; of TYPE1,TYPE2 the last one is completed."""
    head, comma, start = last.rpartition(",")
    try:
        scheme = factory.client("kubectl").scheme
    except KctlError:
        return []
    known = [each for each in scheme if each.served and "get" in each.verbs and scheme.preferred(*each.key) == each]
    ordered = [each.qualified for each in sorted(known, key=lambda each: (each.group, each.plural))]
    return [f"{head}{comma}{name}" for name in _starting(ordered, start)]


def _named(factory: "Factory", word: str, last: str) -> list[str]:
    """Return the names of the objects of a type; none where it is unknown or cannot be read: a shell has no place for errors."""
    from minikube_py.cli import targets

    try:
        client = factory.client("kubectl")
        found: list[str] = []
        for target in targets.parse(client.scheme, [word]):
            namespace = factory.namespace if target.resource.namespaced else ""
            found += [item["metadata"]["name"] for item in client.items(target.resource, namespace)]
    except KctlError:
        return []
    return _starting(found, last)


def _entries(factory: "Factory", field: str, last: str) -> list[str]:
    from minikube_py.cli import kubeconfigs
    from minikube_py.cluster import kubeconfig

    try:
        return _starting(kubeconfigs.names(kubeconfig.load(factory.home, factory.values["kubeconfig"]), field), last)
    except KctlError:
        return []


def _object(factory: "Factory", word: str) -> Object | None:
    from minikube_py.cli import podtargets

    try:
        return podtargets.find(factory, factory.client("kubectl"), [word])[0]
    except KctlError:
        return None


def _pod(factory: "Factory", word: str) -> Object | None:
    from minikube_py.cli import podtargets

    obj = _object(factory, word)
    try:
        return podtargets.pod_of(factory, factory.client("kubectl"), obj, 0.1) if obj is not None else None
    except KctlError:
        return None


def _containers(factory: "Factory", word: str, last: str) -> list[str]:
    spec = (_pod(factory, word) or {}).get("spec") or {}
    return _starting([each["name"] for field in ("initContainers", "containers") for each in spec.get(field) or ()], last)


def _ports(factory: "Factory", word: str, last: str) -> list[str]:
    """Return ports as LOCAL:REMOTE; LOCAL is what was typed, or the same as REMOTE."""
    if word.partition("/")[0] in ("service", "services", "svc"):
        found = [each["port"] for each in ((_object(factory, word) or {}).get("spec") or {}).get("ports") or ()]
    else:
        spec = (_pod(factory, word) or {}).get("spec") or {}
        found = [port["containerPort"] for each in spec.get("containers") or () for port in each.get("ports") or ()]
    local = last.partition(":")[0]
    return _starting([f"{local or port}:{port}" for port in found], last)


def _copied(factory: "Factory", last: str) -> Offer:
    """Offer what can be copied: a file of this machine, or POD: or NAMESPACE/POD:."""
    if last.startswith((".", "/", "~")) or ":" in last:
        return Offer([], DEFAULT)
    if "/" in last:
        namespace, _, start = last.partition("/")
        factory.values.set("namespace", namespace)
        return Offer([f"{namespace}/{name}:" for name in _named(factory, "pod", start)], NO_SPACE)
    found = [f"{name}/" for name in _named(factory, "namespace", last)] + [f"{name}:" for name in _named(factory, "pod", last)]
    return Offer(found + ([] if last else ["./", "/"]), NO_SPACE)
