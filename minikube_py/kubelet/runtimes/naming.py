"""Names of a pod and around it: hostname, /etc/hosts, DNS configuration (kubelet's network/dns and kubelet_pods.go). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from minikube_py.kubelet.runtime import RuntimeFailure
from minikube_py.machinery.meta import Object

DOMAIN = "cluster.local"
_HEADER = "# Kubernetes-managed hosts file"
_LOCAL = (
    ("127.0.0.1", "localhost"),
    ("::1", "localhost ip6-localhost ip6-loopback"),
    ("fe00::0", "ip6-localnet"),
    ("fe00::0", "ip6-mcastprefix"),
    ("fe00::1", "ip6-allnodes"),
    ("fe00::2", "ip6-allrouters"),
)
_LONGEST_HOSTNAME, _LONGEST_FQDN = 63, 64
_SANDBOX = "CreatePodSandboxError"


class Dns(NamedTuple):
    """How names are resolved in a pod. The servers are those that the engine's own is to ask; empty: the host's."""

    servers: Sequence[str]
    searches: Sequence[str]
    options: Sequence[str]


def hostname(pod: Object) -> tuple[str, str]:
    """Return a pod's hostname and its domain, empty where it has none."""
    spec, metadata = pod["spec"], pod["metadata"]
    name = spec.get("hostname") or metadata["name"]
    if len(name) > _LONGEST_HOSTNAME:
        name = name[:_LONGEST_HOSTNAME].rstrip("-.")
    domain = f"{spec['subdomain']}.{metadata['namespace']}.svc.{DOMAIN}" if spec.get("subdomain") else ""
    return name, domain


def kernel_hostname(pod: Object) -> str:
    """Return what `hostname` prints in a pod: with setHostnameAsFQDN all of it, which then must be short."""
    name, domain = hostname(pod)
    if not domain or not pod["spec"].get("setHostnameAsFQDN"):
        return name
    full = f"{name}.{domain}"
    if len(full) > _LONGEST_FQDN:
        text = f'failed to construct FQDN from pod hostname and cluster domain, FQDN {full} is too long ({_LONGEST_FQDN} characters is the max, {len(full)} characters requested)'  # noqa: E501
        raise RuntimeFailure(_SANDBOX, text)
    return full


def hosts(pod: Object, ip: str, of_host: str = "") -> str:
    """Return the content of /etc/hosts. `of_host` is the host's own, for pods on its network."""
    name, domain = hostname(pod)
    if pod["spec"].get("hostNetwork"):
        lines = [f"{_HEADER} (host network).", of_host.removesuffix("\n")]
    else:
        lines = [f"{_HEADER}.", *("\t".join(entry) for entry in _LOCAL)]
        if ip:
            lines.append("\t".join([ip, f"{name}.{domain}", name] if domain else [ip, name]))
    aliases = pod["spec"].get("hostAliases") or ()
    if aliases:
        lines += ["", "# Entries added by HostAliases."]
        lines += ["\t".join(_plain([alias["ip"], *(alias.get("hostnames") or ())])) for alias in aliases]
    return "\n".join(lines) + "\n"


def dns(pod: Object) -> Dns:
    """Return a pod's DNS configuration. Service names are answered by the engine's own server, which asks the host's for the rest."""
    spec = pod["spec"]
    policy = spec.get("dnsPolicy", "ClusterFirst")
    extra = spec.get("dnsConfig") or {}
    if policy == "ClusterFirst" and spec.get("hostNetwork"):
        policy = "Default"
    searches, options = [], dict[str, str]()
    if policy in ("ClusterFirst", "ClusterFirstWithHostNet"):
        searches = [f"{pod['metadata']['namespace']}.svc.{DOMAIN}", f"svc.{DOMAIN}", DOMAIN]
        options = {"ndots": "5"}
    searches = list(dict.fromkeys([*searches, *(extra.get("searches") or ())]))
    for option in extra.get("options") or ():
        options[option["name"]] = str(option.get("value") or "")
    spelled = [f"{name}:{value}" if value else name for name, value in options.items()]
    if not searches and policy == "None":
        searches = ["."]  # for engines: none, and not those of the host
    return Dns(_plain(dict.fromkeys(extra.get("nameservers") or ())), _plain(searches), _plain(spelled))


def _plain(words: Iterable[Any]) -> list[str]:
    """Return words of which each stays one: a line end in a name would begin a line of its own."""
    found = [str(word) for word in words]
    for word in found:
        if not word or any(character.isspace() or not character.isprintable() for character in word):
            raise RuntimeFailure(_SANDBOX, f"{word!r} cannot stand in /etc/hosts or /etc/resolv.conf")
    return found


def ports(spec: Mapping[str, Any]) -> list[tuple[int, int, str, str]]:
    """Return (containerPort, hostPort, hostIP, protocol) for each port of a pod that the host has, too."""
    if spec.get("hostNetwork"):
        return []
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    wanted = [port for container in containers for port in container.get("ports") or () if port.get("hostPort")]
    return [(int(port["containerPort"]), int(port["hostPort"]), str(port.get("hostIP", "")), str(port.get("protocol", "TCP")).lower()) for port in wanted]
