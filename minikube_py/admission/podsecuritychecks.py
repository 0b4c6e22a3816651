"""The Pod Security Standards as checks: each says what it forbids, with whom and what in it (k8s.io/pod-security-admission/policy).

A check gets a pod's annotations and spec, and returns a Finding or None. Names and minimum versions are in CHECKS.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from minikube_py.machinery import errors

Part = dict[str, Any]
BASELINE, RESTRICTED = "baseline", "restricted"
LATEST = 32  # the last minor version in which v1.33 changes a check

_CAPABILITIES = frozenset((
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID",
    "SYS_CHROOT",
))  # fmt: skip
_VOLUMES = frozenset(["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"])
_SELINUX = frozenset(("", "container_t", "container_init_t", "container_kvm_t"))
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP_POD, _SECCOMP = "seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/"
_PROFILES = ("RuntimeDefault", "Localhost")
_SAFE_SYSCTLS = (
    (0, ("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
         "net.ipv4.ip_unprivileged_port_start")),
    (27, ("net.ipv4.ip_local_reserved_ports",)),
    (29, ("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes")),
    (32, ("net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem")),
)  # fmt: skip


class Finding(NamedTuple):
    """Why a pod is not allowed: in a word, and who and what."""

    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reason} ({self.detail})" if self.detail else self.reason


class Subject(NamedTuple):
    """What is checked."""

    annotations: dict[str, str]
    spec: Part
    minor: int

    def containers(self) -> Iterator[Part]:
        """Yield all containers, in the order in which messages name them."""
        for field in ("initContainers", "containers", "ephemeralContainers"):
            yield from self.spec.get(field) or ()

    @property
    def context(self) -> Part:
        """Return the pod's securityContext."""
        return self.spec.get("securityContext") or {}

    @property
    def is_windows(self) -> bool:
        """Tell whether the pod says that it wants Windows, where v1.25 and later do not look at what Linux has."""
        return self.minor >= 25 and (self.spec.get("os") or {}).get("name") == "windows"


Check = Callable[[Subject], Finding | None]


def _context(container: Part) -> Part:
    return container.get("securityContext") or {}


def _quoted(items: Iterable[str]) -> str:
    return ", ".join(f'"{item}"' for item in items)


def _plural(word: str, items: Iterable[Any]) -> str:
    return word if len(list(items)) == 1 else f"{word}s"


def _named(names: list[str]) -> str:
    return f"{_plural('container', names)} {_quoted(names)}"


def _setters(subject: Subject, is_bad: Callable[[Part], bool]) -> str:
    """Return who has a bad securityContext: `pod and containers "a", "b"`, or nothing."""
    names = [container["name"] for container in subject.containers() if is_bad(_context(container))]
    return " and ".join((["pod"] if is_bad(subject.context) else []) + ([_named(names)] if names else []))


def _privilege_escalation(subject: Subject) -> Finding | None:
    names = [item["name"] for item in subject.containers() if _context(item).get("allowPrivilegeEscalation") is not False]
    if not names or subject.is_windows:
        return None
    return Finding("allowPrivilegeEscalation != false", f"{_named(names)} must set securityContext.allowPrivilegeEscalation=false")


def _profiles(subject: Subject, field: str) -> tuple[str, list[str]]:
    """Return who sets a profile of a forbidden type, and the types."""
    found: set[str] = set()

    def is_bad(context: Part) -> bool:
        profile = context.get(field)
        if profile is None or profile.get("type") in _PROFILES:
            return False
        found.add(profile.get("type") or "")
        return True

    return _setters(subject, is_bad), sorted(found)


def _apparmor(subject: Subject) -> Finding | None:
    who, found = _profiles(subject, "appArmorProfile")
    notes = sorted(f"{key}={errors.quoted(value)}" for key, value in subject.annotations.items() if key.startswith(_APPARMOR) and not _is_safe(value))
    values = found + notes
    if notes:
        who = " and ".join(filter(None, (who, _plural("annotation", notes))))
    return Finding(_plural("forbidden AppArmor profile", values), f"{who} must not set AppArmor profile type to {_quoted(values)}") if who else None


def _is_safe(profile: str) -> bool:
    return profile in ("", "runtime/default") or profile.startswith("localhost/")


def _capabilities(subject: Subject) -> Finding | None:
    added = {item["name"]: set((_context(item).get("capabilities") or {}).get("add") or ()) - _CAPABILITIES for item in subject.containers()}
    names = [name for name, extra in added.items() if extra]
    if not names:
        return None
    extra = sorted(set().union(*added.values()))
    return Finding("non-default capabilities", f"{_named(names)} must not include {_quoted(extra)} in securityContext.capabilities.add")


def _all_capabilities(subject: Subject) -> Finding | None:
    if subject.is_windows:
        return None
    keeping: list[str] = []
    adding: list[str] = []
    added: set[str] = set()
    for item in subject.containers():
        capabilities = _context(item).get("capabilities") or {}
        if "ALL" not in (capabilities.get("drop") or ()):
            keeping.append(item["name"])
        extra = set(capabilities.get("add") or ()) - {"NET_BIND_SERVICE"}
        if extra:
            adding.append(item["name"])
            added |= extra
    details = [f'{_named(keeping)} must set securityContext.capabilities.drop=["ALL"]'] if keeping else []
    if adding:
        details.append(f"{_named(adding)} must not include {_quoted(sorted(added))} in securityContext.capabilities.add")
    return Finding("unrestricted capabilities", "; ".join(details)) if details else None


def _host_namespaces(subject: Subject) -> Finding | None:
    found = [f"{field}=true" for field in ("hostNetwork", "hostPID", "hostIPC") if subject.spec.get(field)]
    return Finding("host namespaces", ", ".join(found)) if found else None


def _host_paths(subject: Subject) -> Finding | None:
    names = [volume["name"] for volume in subject.spec.get("volumes") or () if volume.get("hostPath") is not None]
    return Finding("hostPath volumes", f"{_plural('volume', names)} {_quoted(names)}") if names else None


def _host_ports(subject: Subject) -> Finding | None:
    ports = {item["name"]: {str(port["hostPort"]) for port in item.get("ports") or () if port.get("hostPort")} for item in subject.containers()}
    names = [name for name, used in ports.items() if used]
    if not names:
        return None
    found = sorted(set().union(*ports.values()))
    return Finding("hostPort", f"{_named(names)} {'uses' if len(names) == 1 else 'use'} {_plural('hostPort', found)} {', '.join(found)}")


def _privileged(subject: Subject) -> Finding | None:
    names = [item["name"] for item in subject.containers() if _context(item).get("privileged")]
    return Finding("privileged", f"{_named(names)} must not set securityContext.privileged=true") if names else None


def _proc_mount(subject: Subject) -> Finding | None:
    mounts = {item["name"]: _context(item).get("procMount") for item in subject.containers()}
    names = [name for name, mount in mounts.items() if mount not in (None, "Default")]
    if not names:
        return None
    found = sorted({str(mounts[name]) for name in names})
    return Finding("procMount", f"{_named(names)} must not set securityContext.procMount to {_quoted(found)}")


def _restricted_volumes(subject: Subject) -> Finding | None:
    bad = [volume for volume in subject.spec.get("volumes") or () if not any(volume.get(kind) is not None for kind in _VOLUMES)]
    if not bad:
        return None
    kinds = sorted({next((key for key, value in volume.items() if key != "name" and value is not None), "unknown") for volume in bad})
    names = [volume["name"] for volume in bad]
    uses = "uses" if len(names) == 1 else "use"
    return Finding("restricted volume types",
                   f"{_plural('volume', names)} {_quoted(names)} {uses} {_plural('restricted volume type', kinds)} {_quoted(kinds)}")  # fmt: skip


def _non_root(subject: Subject) -> Finding | None:
    reason = "runAsNonRoot != true"
    who = _setters(subject, lambda context: context.get("runAsNonRoot") is False)
    if who:
        return Finding(reason, f"{who} must not set securityContext.runAsNonRoot=false")
    silent = [item["name"] for item in subject.containers() if _context(item).get("runAsNonRoot") is None]
    if not silent or subject.context.get("runAsNonRoot"):
        return None
    return Finding(reason, f"pod or {_named(silent)} must set securityContext.runAsNonRoot=true")


def _user(subject: Subject) -> Finding | None:
    who = _setters(subject, lambda context: context.get("runAsUser") == 0)
    return Finding("runAsUser=0", f"{who} must not set runAsUser=0") if who else None


def _selinux(subject: Subject) -> Finding | None:
    allowed = _SELINUX | {"container_engine_t"} if subject.minor >= 31 else _SELINUX
    kinds: set[str] = set()
    fields: set[str] = set()

    def is_bad(context: Part) -> bool:
        options = context.get("seLinuxOptions") or {}
        kind = options.get("type") or ""
        named = [field for field in ("user", "role") if options.get(field)]
        kinds.update([] if kind in allowed else [kind])
        fields.update(named)
        return kind not in allowed or bool(named)

    who = _setters(subject, is_bad)
    what = [f"{_plural('type', kinds)} {_quoted(sorted(kinds))}"] if kinds else []
    what += [f"{field} may not be set" for field in ("user", "role") if field in fields]
    return Finding("seLinuxOptions", f"{who} set forbidden securityContext.seLinuxOptions: {'; '.join(what)}") if who else None


def _seccomp_annotations(subject: Subject) -> Finding | None:
    keys = [_SECCOMP_POD, *(_SECCOMP + item["name"] for item in subject.containers())]
    values = {key: subject.annotations[key] for key in keys if key in subject.annotations}
    found = sorted(f"{key}={errors.quoted(value)}" for key, value in values.items()
                   if value not in ("runtime/default", "docker/default") and not value.startswith("localhost/"))  # fmt: skip
    return Finding("seccompProfile", f"forbidden {_plural('annotation', found)} {', '.join(found)}") if found else None


def _seccomp(subject: Subject) -> Finding | None:
    if subject.minor < 19:
        return _seccomp_annotations(subject)
    who, found = _profiles(subject, "seccompProfile")
    return Finding("seccompProfile", f"{who} must not set securityContext.seccompProfile.type to {_quoted(found)}") if who else None


def _seccomp_set(subject: Subject) -> Finding | None:
    if subject.is_windows:
        return None
    wrong = _seccomp(subject)
    silent = [item["name"] for item in subject.containers() if _context(item).get("seccompProfile") is None]
    if wrong is not None or not silent or subject.context.get("seccompProfile") is not None:
        return wrong
    return Finding("seccompProfile", f'pod or {_named(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"')


def _sysctls(subject: Subject) -> Finding | None:
    safe = {name for since, names in _SAFE_SYSCTLS if since <= subject.minor for name in names}
    found = [item["name"] for item in subject.context.get("sysctls") or () if item["name"] not in safe]
    return Finding("forbidden sysctls", ", ".join(found)) if found else None


def _host_process(subject: Subject) -> Finding | None:
    who = _setters(subject, lambda context: bool((context.get("windowsOptions") or {}).get("hostProcess")))
    return Finding("hostProcess", f"{who} must not set securityContext.windowsOptions.hostProcess=true") if who else None


class Rule(NamedTuple):
    """A check, since which minor version it belongs to its level, and which one of the baseline it takes the place of."""

    level: str
    since: int
    check: Check
    instead_of: Check | None = None


# In the order of their findings: sorted by id, the baseline before what is restricted.
CHECKS = (
    Rule(BASELINE, 0, _apparmor),
    Rule(BASELINE, 0, _capabilities),
    Rule(BASELINE, 0, _host_namespaces),
    Rule(BASELINE, 0, _host_paths),
    Rule(BASELINE, 0, _host_ports),
    Rule(BASELINE, 0, _privileged),
    Rule(BASELINE, 0, _proc_mount),
    Rule(BASELINE, 0, _selinux),
    Rule(BASELINE, 0, _seccomp),
    Rule(BASELINE, 0, _sysctls),
    Rule(BASELINE, 0, _host_process),
    Rule(RESTRICTED, 8, _privilege_escalation),
    Rule(RESTRICTED, 22, _all_capabilities, _capabilities),
    Rule(RESTRICTED, 0, _restricted_volumes, _host_paths),
    Rule(RESTRICTED, 0, _non_root),
    Rule(RESTRICTED, 23, _user),
    Rule(RESTRICTED, 19, _seccomp_set, _seccomp),
)


def findings(level: str, minor: int, annotations: dict[str, str], spec: Part) -> list[Finding]:
    """Return what a level of a version forbids in a pod; nothing is forbidden where privileged."""
    minor = min(minor, LATEST)
    rules = [rule for rule in CHECKS if rule.since <= minor and (level == RESTRICTED or rule.level == level)]
    replaced = {rule.instead_of for rule in rules}
    subject = Subject(annotations, spec, minor)
    found = (rule.check(subject) for rule in rules if rule.check not in replaced)
    return [one for one in found if one is not None]
