"""Security contexts of pod and container as what an engine may allow a container. Pure.

Where Kubernetes leaves seccomp and AppArmor unconfined by default, the engine's own profiles apply: somebody's machine is no node.
"""

from collections.abc import Mapping
from typing import Any

from minikube_py.kubelet import admission
from minikube_py.kubelet.engines.api import Image, Security
from minikube_py.kubelet.runtime import RuntimeFailure
from minikube_py.machinery.meta import Object

CONFIG_ERROR = "CreateContainerConfigError"
_SELINUX = ("user", "role", "type", "level")


def effective(pod: Object, container: Mapping[str, Any]) -> dict[str, Any]:
    """Return the container's security context over the pod's."""
    of_pod = {name: value for name, value in (pod["spec"].get("securityContext") or {}).items() if value is not None}
    of_container = {name: value for name, value in (container.get("securityContext") or {}).items() if value is not None}
    return of_pod | of_container


def security(pod: Object, container: Mapping[str, Any], image: Image, profiles: Mapping[str, str]) -> Security:
    """Return what a container is allowed; RuntimeFailure in the kubelet's words where it may not be made. `profiles` are local seccomp profiles."""
    context = effective(pod, container)
    _check_user(pod, container["name"], context, image)
    _check_supported(context)
    capabilities = context.get("capabilities") or {}
    privileged = bool(context.get("privileged"))
    groups = sorted({*context.get("supplementalGroups", ()), *([context["fsGroup"]] if "fsGroup" in context else [])})
    return Security(
        user=user(context, image),
        groups=groups,
        privileged=privileged,
        read_only_root=bool(context.get("readOnlyRootFilesystem")),
        no_new_privileges=context.get("allowPrivilegeEscalation") is False and not privileged,
        added=_names(capabilities.get("add")),
        dropped=_names(capabilities.get("drop")),
        seccomp=_seccomp(context, profiles, privileged=privileged),
        apparmor=_apparmor(context),
        selinux=[f"{part}:{context['seLinuxOptions'][part]}" for part in _SELINUX if (context.get("seLinuxOptions") or {}).get(part)],
    )


def user(context: Mapping[str, Any], image: Image) -> str:
    """Return UID, UID:GID or the image's user."""
    group = context.get("runAsGroup")
    uid = str(context["runAsUser"]) if "runAsUser" in context else ""
    if group is None:
        return uid
    uid = uid or image.user.partition(":")[0]
    if not uid:  # the image's default is root
        uid = "0"
    return f"{uid}:{group}"


def sysctls(pod: Object) -> dict[str, str]:
    """Return the kernel's settings of a pod's sandbox; only those that a kubelet holds for safe, whoever has admitted the pod."""
    wanted = (pod["spec"].get("securityContext") or {}).get("sysctls") or ()
    for setting in wanted:
        if problem := admission.problem_of_sysctl(setting["name"], pod["spec"]):
            raise RuntimeFailure("SysctlForbidden", problem)
    return {setting["name"].replace("/", "."): str(setting["value"]) for setting in wanted}


def _check_user(pod: Object, container: str, context: Mapping[str, Any], image: Image) -> None:
    """Refuse root where the pod must not run as root (kubelet's verifyRunAsNonRoot)."""
    if not context.get("runAsNonRoot"):
        return
    metadata = pod["metadata"]
    where = f'(pod: "{metadata["name"]}_{metadata["namespace"]}({metadata["uid"]})", container: {container})'
    name = image.user.partition(":")[0]
    if "runAsUser" in context:
        if context["runAsUser"] == 0:
            raise RuntimeFailure(CONFIG_ERROR, f"container's runAsUser breaks non-root policy {where}")
    elif not name or name.isdecimal() and int(name) == 0:
        raise RuntimeFailure(CONFIG_ERROR, f"container has runAsNonRoot and image will run as root {where}")
    elif not name.isdecimal():
        raise RuntimeFailure(CONFIG_ERROR, f"container has runAsNonRoot and image has non-numeric user ({name}), cannot verify user is non-root {where}")


def _check_supported(context: Mapping[str, Any]) -> None:
    if context.get("procMount", "Default") != "Default":
        raise RuntimeFailure(CONFIG_ERROR, f"procMount {context['procMount']} is not supported: no engine has it for a container with the host's users")
    if "windowsOptions" in context and (context["windowsOptions"] or {}).get("hostProcess"):
        raise RuntimeFailure(CONFIG_ERROR, "windowsOptions.hostProcess is not supported: containers are Linux containers")


def _names(capabilities: Any) -> list[str]:
    return [str(name).upper().removeprefix("CAP_") for name in capabilities or ()]


def _seccomp(context: Mapping[str, Any], profiles: Mapping[str, str], *, privileged: bool) -> str:
    profile = context.get("seccompProfile") or {}
    kind = profile.get("type", "RuntimeDefault")
    if privileged or kind == "Unconfined":
        return "unconfined"
    if kind != "Localhost":
        return ""
    path = profile.get("localhostProfile", "")
    if path not in profiles:
        raise RuntimeFailure("CreateContainerError", f'cannot load seccomp profile "{path}": no such file in the cluster\'s folder seccomp')
    return profiles[path]


def _apparmor(context: Mapping[str, Any]) -> str:
    profile = context.get("appArmorProfile") or {}
    kind = profile.get("type", "RuntimeDefault")
    if kind == "Localhost":
        name = str(profile.get("localhostProfile", ""))
        if not name or any(not (character.isalnum() or character in "-_.+/@:") for character in name):
            raise RuntimeFailure(CONFIG_ERROR, f'"{name}" is no name of an AppArmor profile')
        return name
    return "unconfined" if kind == "Unconfined" else ""
