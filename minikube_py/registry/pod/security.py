"""Validation of security contexts, of pods and of containers."""

import re
from collections.abc import Mapping
from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry.pod import gotext, rules

_MAX_ID = 2**31 - 1
_PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
_SYSCTL = r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_NET_SYSCTLS = ("net.",)
_IPC_SYSCTLS = ("kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue.")


def pod(spec: Mapping[str, Any], path: str) -> list[FieldError]:
    """Check securityContext of a pod (validatePodSpecSecurityContext)."""
    context = spec.get("securityContext") or {}
    path = f"{path}.securityContext"
    found = _ids(context, ("fsGroup", "runAsUser", "runAsGroup"), path)
    for index, group in enumerate(context.get("supplementalGroups") or ()):
        found += rules.in_range(f"{path}.supplementalGroups[{index}]", group, 0, _MAX_ID)
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        text = "ShareProcessNamespace and HostPID cannot both be enabled"
        found.append(fielderrors.invalid(f"{path}.shareProcessNamespace", True, text))
    found += _sysctls(context.get("sysctls") or (), spec, f"{path}.sysctls")
    found += rules.optional(f"{path}.fsGroupChangePolicy", context.get("fsGroupChangePolicy"), ("Always", "OnRootMismatch"))
    found += _seccomp(context.get("seccompProfile"), f"{path}.seccompProfile")
    found += _windows_options(context.get("windowsOptions"), f"{path}.windowsOptions")
    found += app_armor(context.get("appArmorProfile"), f"{path}.appArmorProfile")
    found += rules.optional(f"{path}.supplementalGroupsPolicy", context.get("supplementalGroupsPolicy"), ("Merge", "Strict"))
    return found + rules.optional(f"{path}.seLinuxChangePolicy", context.get("seLinuxChangePolicy"), ("Recursive",))  # SELinuxMount is off


def container(context: Mapping[str, Any] | None, path: str, host_users: bool) -> list[FieldError]:
    """Check securityContext of a container (ValidateSecurityContext)."""
    if not context:
        return []
    found = _ids(context, ("runAsUser", "runAsGroup"), path)
    mount = context.get("procMount")
    if mount is not None:
        found += rules.optional(f"{path}.procMount", mount, ("Default", "Unmasked"))
        if host_users and mount == "Unmasked":
            found.append(fielderrors.invalid(f"{path}.procMount", mount, "`hostUsers` must be false to use `Unmasked`"))
    found += _seccomp(context.get("seccompProfile"), f"{path}.seccompProfile")
    if context.get("allowPrivilegeEscalation") is False:
        if context.get("privileged"):
            text = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
            found.append(fielderrors.invalid(path, gotext.struct("core.SecurityContext", context), text))
        for capability in (context.get("capabilities") or {}).get("add") or ():
            if capability == "CAP_SYS_ADMIN":
                text = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"
                found.append(fielderrors.invalid(path, gotext.struct("core.SecurityContext", context), text))
    found += _windows_options(context.get("windowsOptions"), f"{path}.windowsOptions")
    return found + app_armor(context.get("appArmorProfile"), f"{path}.appArmorProfile")


def _ids(context: Mapping[str, Any], fields: tuple[str, ...], path: str) -> list[FieldError]:
    found: list[FieldError] = []
    for field in fields:
        if field in context:
            found += rules.in_range(f"{path}.{field}", context[field], 0, _MAX_ID)
    return found


def _sysctls(items: Any, spec: Mapping[str, Any], path: str) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, item in enumerate(items):
        name, where = item.get("name", ""), f"{path}[{index}].name"
        if not name:
            found.append(fielderrors.required(where))
        elif len(name) > 253 or not re.fullmatch(_SYSCTL, name):
            found.append(fielderrors.invalid(where, name, f"must have at most 253 characters and match regex ^{_SYSCTL}$"))
        elif name in seen:
            found.append(fielderrors.duplicate(where, name))
        seen.add(name)
        dotted = name.replace("/", ".")
        if spec.get("hostNetwork") and dotted.startswith(_NET_SYSCTLS):
            found.append(fielderrors.invalid(where, name, "may not be specified when 'hostNetwork' is true"))
        elif spec.get("hostIPC") and dotted.startswith(_IPC_SYSCTLS):
            found.append(fielderrors.invalid(where, name, "may not be specified when 'hostIPC' is true"))
    return found


def _seccomp(profile: Mapping[str, Any] | None, path: str) -> list[FieldError]:
    if profile is None:
        return []
    kind, local = profile.get("type", ""), profile.get("localhostProfile")
    found: list[FieldError] = []
    if not kind:
        found.append(fielderrors.required(f"{path}.type", "type is required when seccompProfile is set"))
    else:
        found += rules.optional(f"{path}.type", kind, _PROFILES)
    if kind == "Localhost":
        if local is None:
            return [*found, fielderrors.required(f"{path}.localhostProfile", "must be set when seccomp type is Localhost")]
        return found + rules.descending(f"{path}.localhostProfile", local)
    if local is not None:
        shown = gotext.struct("core.SeccompProfile", {"type": kind, "localhostProfile": local})
        found.append(fielderrors.invalid(f"{path}.localhostProfile", shown, "can only be set when seccomp type is Localhost"))
    return found


def app_armor(profile: Mapping[str, Any] | None, path: str) -> list[FieldError]:
    """Check an AppArmor profile."""
    if profile is None:
        return []
    kind, local, where = profile.get("type", ""), profile.get("localhostProfile"), f"{path}.localhostProfile"
    if not kind:
        return [fielderrors.required(f"{path}.type", "type is required when appArmorProfile is set")]
    if kind not in _PROFILES:
        return [fielderrors.not_supported(f"{path}.type", kind, _PROFILES)]
    if kind != "Localhost":
        return [] if local is None else [fielderrors.invalid(where, local, "can only be set when AppArmor type is Localhost")]
    if not local:
        return [fielderrors.required(where, "must be set when AppArmor type is Localhost")]
    found = [fielderrors.invalid(where, local, "must not be padded with whitespace")] if local.strip() != local else []
    return [*found, fielderrors.too_long(where, 4095)] if len(local.encode()) > 4095 else found


def _windows_options(options: Mapping[str, Any] | None, path: str) -> list[FieldError]:
    if options is None:
        return []
    found: list[FieldError] = []
    name, content, user = options.get("gmsaCredentialSpecName"), options.get("gmsaCredentialSpec"), options.get("runAsUserName")
    if name is not None:
        found += rules.each(f"{path}.gmsaCredentialSpecName", name, names.dns_subdomain(name))
    if content is not None:
        if not content:
            found.append(fielderrors.invalid(f"{path}.gmsaCredentialSpec", content, "gmsaCredentialSpec cannot be an empty string"))
        elif len(content.encode()) > 64 * 1024:
            text = "gmsaCredentialSpec size must be under 65536 bytes"
            found.append(fielderrors.invalid(f"{path}.gmsaCredentialSpec", content, text))
    if user is not None:
        found += rules.each(f"{path}.runAsUserName", user, _windows_user(user))
    return found


def _windows_user(user: str) -> list[str]:
    if not user:
        return ["runAsUserName cannot be an empty string"]
    if re.search(r"[\x00-\x1f\x7f]", user):
        return ["runAsUserName cannot contain control characters"]
    domain, backslash, name = user.rpartition("\\")
    if user.count("\\") > 1:
        return ["runAsUserName cannot contain more than one backslash"]
    found = []
    if backslash and not domain:
        found.append(r"runAsUserName's Domain doesn't match the NetBIOS nor the DNS format")
    if not name:
        found.append("runAsUserName's User cannot be empty")
    elif len(name) > 104:
        found.append("runAsUserName's User length must not be longer than 104 characters")
    elif re.fullmatch(r"[. ]+", name):
        found.append("runAsUserName's User cannot contain only periods or spaces")
    elif re.search(r'["/\\:;|=,+*?<>@\[\]]', name):
        found.append("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]")
    return found


def host_process(spec: Mapping[str, Any], path: str) -> list[FieldError]:
    """Check Windows' hostProcess over all containers (validateWindowsHostProcessPod)."""
    whole = ((spec.get("securityContext") or {}).get("windowsOptions") or {}).get("hostProcess")
    found: list[FieldError] = []
    count = hosted = 0
    for item, where in rules.visit(spec, path):
        own = ((item.get("securityContext") or {}).get("windowsOptions") or {}).get("hostProcess")
        count += 1
        hosted += bool(own) if own is not None else bool(whole)
        if whole is not None and own is not None and whole != own:
            text = f"pod hostProcess value must be identical if both are specified, was {str(whole).lower()}"
            found.append(fielderrors.invalid(f"{where}.securityContext.windowsOptions.hostProcess", own, text))
    if hosted and hosted != count:
        text = "If pod contains any hostProcess containers then all containers must be HostProcess containers"
        found.append(fielderrors.invalid(path, "", text))
    if hosted and not spec.get("hostNetwork"):
        text = "hostNetwork must be true if pod contains any hostProcess containers"
        found.append(fielderrors.invalid(f"{path}.hostNetwork", False, text))
    return found


def host_users(spec: Mapping[str, Any], path: str) -> list[FieldError]:
    """Check that a pod in a user namespace of its own shares no other namespace with the host."""
    if spec.get("hostUsers") is not False:
        return []
    fields = (("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC"))
    text = "when `pod.Spec.HostUsers` is false"
    return [fielderrors.forbidden(f"{path}.{shown}", text) for field, shown in fields if spec.get(field)]
