"""Validation of containers: regular, init and ephemeral ones."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry.pod import env, mounts, probes, rules, security

Container = Mapping[str, Any]

_PULLS = ("Always", "IfNotPresent", "Never")
_MESSAGES = ("File", "FallbackToLogsOnError")
_NOT_EPHEMERAL = ("ports", "resources", "resizePolicy", "restartPolicy", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle")


class Site(NamedTuple):
    """What the checks of a container need to know of its pod."""

    volumes: Mapping[str, Mapping[str, Any]]
    grace: int | None
    restart_policy: str
    host_users: bool


def regular(items: Sequence[Container], site: Site, path: str) -> list[FieldError]:
    """Check `containers`."""
    if not items:
        return [fielderrors.required(path)]
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, item in enumerate(items):
        where = f"{path}[{index}]"
        found += _common(item, site, where)
        name = item.get("name", "")
        if name in seen:
            found.append(fielderrors.duplicate(f"{where}.name", name))
        seen.add(name)
        found += probes.container(item, site.grace, where)
        if item.get("restartPolicy") is not None:
            found.append(fielderrors.forbidden(f"{where}.restartPolicy", "may not be set for non-init containers"))
    return found + _host_ports(items, path)


def init(items: Sequence[Container], others: Sequence[Container], site: Site, path: str) -> list[FieldError]:
    """Check `initContainers`, of which those with restartPolicy Always are sidecars."""
    found: list[FieldError] = []
    seen = {other.get("name", "") for other in others}
    for index, item in enumerate(items):
        where = f"{path}[{index}]"
        found += _common(item, site, where)
        policy, name = item.get("restartPolicy"), item.get("name", "")
        found += rules.optional(f"{where}.restartPolicy", policy, ("Always",))
        if name in seen:
            found.append(fielderrors.duplicate(f"{where}.name", name))
        elif name:
            seen.add(name)
        # Init containers run one by one, so each is looked at alone; kube-apiserver gives it index 0 in the path.
        found += _host_ports([item], path)
        if policy == "Always":
            found += probes.container(item, site.grace, where)
            continue
        for field in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
            if item.get(field) is not None:
                text = "may not be set for init containers without restartPolicy=Always"
                found.append(fielderrors.forbidden(f"{where}.{field}", text))
    return found


def ephemeral(items: Sequence[Container], others: Sequence[Container], site: Site, path: str) -> list[FieldError]:
    """Check `ephemeralContainers`; `others` are all the other containers."""
    found: list[FieldError] = []
    lasting = {other.get("name", "") for other in others}
    seen = set(lasting)
    for index, item in enumerate(items):
        where = f"{path}[{index}]"
        found += _common(item, site, where) + padding(item, where)
        name, target = item.get("name", ""), item.get("targetContainerName")
        if name in seen:
            found.append(fielderrors.duplicate(f"{where}.name", name))
        seen.add(name)
        if target and target not in lasting:
            found.append(fielderrors.not_found(f"{where}.targetContainerName", target))
        text = "cannot be set for an Ephemeral Container"
        given = [field for field in _NOT_EPHEMERAL if item.get(field) is not None and (item[field] or field != "resources")]
        found += [fielderrors.forbidden(f"{where}.{field}", text) for field in given]
        for number, mount in enumerate(item.get("volumeMounts") or ()):
            for field in ("subPath", "subPathExpr"):
                if mount.get(field):
                    found.append(fielderrors.forbidden(f"{where}.volumeMounts[{number}].{field}", text))
    return found


def padding(item: Container, path: str) -> list[FieldError]:
    """Refuse blanks around an image's name; templates pass with them."""
    image = item.get("image", "")
    if image == image.strip():
        return []
    return [fielderrors.invalid(f"{path}.image", image, "must not have leading or trailing whitespace")]


def _common(item: Container, site: Site, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    get = item.get
    if not get("name") or names.dns_label(item["name"]):
        found += rules.name_in_list(f"{path}.name", get("name"))
    if not get("image"):
        found.append(fielderrors.required(f"{path}.image"))
    if get("terminationMessagePolicy") not in _MESSAGES:
        found += rules.one_of(f"{path}.terminationMessagePolicy", get("terminationMessagePolicy"), _MESSAGES)
    if get("ports"):
        found += _ports(item["ports"], f"{path}.ports")
    if get("env"):
        found += env.variables(item["env"], f"{path}.env")
    if get("envFrom"):
        found += env.sources(item["envFrom"], f"{path}.envFrom")
    if get("volumeMounts") or get("volumeDevices"):
        found += mounts.container(item, site.volumes, path)
    if get("imagePullPolicy") not in _PULLS:
        found += rules.one_of(f"{path}.imagePullPolicy", get("imagePullPolicy"), _PULLS)
    if get("resources"):
        from minikube_py.registry.pod import resources

        found += resources.requirements(item["resources"], f"{path}.resources")
    if get("resizePolicy"):
        found += _resize_policy(item["resizePolicy"], site.restart_policy, f"{path}.resizePolicy")
    if get("securityContext"):
        found += security.container(item["securityContext"], f"{path}.securityContext", site.host_users)
    return found


def _ports(items: Sequence[Mapping[str, Any]], path: str) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, item in enumerate(items):
        name, number, on_host = item.get("name"), item.get("containerPort") or 0, item.get("hostPort") or 0
        if name:
            if texts := names.port_name(name):
                found += rules.each(f"{path}[{index}].name", name, texts)
            elif name in seen:
                found.append(fielderrors.duplicate(f"{path}[{index}].name", name))
            seen.add(name)
        if not number:
            found.append(fielderrors.required(f"{path}[{index}].containerPort"))
        elif not 0 < number < 65536:
            found += rules.each(f"{path}[{index}].containerPort", number, names.port_number(number))
        if on_host and not 0 < on_host < 65536:
            found += rules.each(f"{path}[{index}].hostPort", on_host, names.port_number(on_host))
        if item.get("protocol") not in ("SCTP", "TCP", "UDP"):
            found += rules.one_of(f"{path}[{index}].protocol", item.get("protocol"), ("SCTP", "TCP", "UDP"))
    return found


def _host_ports(items: Sequence[Container], path: str) -> list[FieldError]:
    """Find ports of the host that are taken twice."""
    found: list[FieldError] = []
    taken: set[str] = set()
    for index, item in enumerate(items):
        for number, port in enumerate(item.get("ports") or ()):
            if not port.get("hostPort"):
                continue
            key = f"{port.get('protocol', '')}/{port.get('hostIP', '')}/{port['hostPort']}"
            if key in taken:
                found.append(fielderrors.duplicate(f"{path}[{index}].ports[{number}].hostPort", key))
            taken.add(key)
    return found


def _resize_policy(items: Sequence[Mapping[str, Any]], restart_policy: str, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, item in enumerate(items):
        name, policy = fielderrors.GoText(item.get("resourceName", "")), item.get("restartPolicy", "")
        if name in seen:
            found.append(fielderrors.duplicate(f"{path}[{index}]", name))
        seen.add(name)
        found += rules.one_of(path, name, ("cpu", "memory"))  # a resource's name is a Stringer, so that it has no quotes
        found += rules.one_of(path, policy, ("NotRequired", "RestartContainer"))
        if restart_policy == "Never" and policy != "NotRequired":
            found.append(fielderrors.invalid(path, policy, "must be 'NotRequired' when `restartPolicy` is 'Never'"))
    return found
