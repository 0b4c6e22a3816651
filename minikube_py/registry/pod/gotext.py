"""Values as Go's %#v prints them: kube-apiserver v1.33 shows structs so in its validation errors."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.machinery.fielderrors import GoText


def label_selector(selector: Mapping[str, Any] | None) -> GoText | None:
    """Return a metav1.LabelSelector."""
    if selector is None:
        return None
    labels, expressions = selector.get("matchLabels"), selector.get("matchExpressions")
    shown = "[]v1.LabelSelectorRequirement(nil)"
    if expressions:
        shown = "[]v1.LabelSelectorRequirement{" + ", ".join(map(_requirement, expressions)) + "}"
    return GoText(f"v1.LabelSelector{{MatchLabels:{string_map(labels)}, MatchExpressions:{shown}}}")


def _requirement(item: Mapping[str, Any]) -> str:
    values = string_list(item["values"]) if item.get("values") else "[]string(nil)"
    return f"v1.LabelSelectorRequirement{{Key:{quote(item.get('key', ''))}, Operator:{quote(item.get('operator', ''))}, Values:{values}}}"


def string_map(values: Mapping[str, str] | None) -> GoText:
    """Return a map[string]string, nil where it is None."""
    if values is None:
        return GoText("map[string]string(nil)")
    return GoText("map[string]string{" + ", ".join(f"{quote(key)}:{quote(values[key])}" for key in sorted(values)) + "}")


def string_list(values: Sequence[str]) -> GoText:
    """Return a []string."""
    return GoText("[]string{" + ", ".join(map(quote, values)) + "}")


def int_or_string(value: int | str | None) -> GoText:
    """Return an intstr.IntOrString."""
    if isinstance(value, str):
        return GoText(f"intstr.IntOrString{{Type:1, IntVal:0, StrVal:{quote(value)}}}")
    return GoText(f'intstr.IntOrString{{Type:0, IntVal:{value or 0}, StrVal:""}}')


def quote(text: str) -> str:
    """Return a string in quotes."""
    return json.dumps(text, ensure_ascii=False)


def struct(kind: str, value: Mapping[str, Any]) -> GoText:
    """Return a struct in the shape of Go's %#v, with the fields that are set (Go lists the empty ones too, which is done for small structs only)."""
    fields = [f"{exported(key)}:{_field(key, item)}" for key, item in value.items()]
    fields += [f"{exported(key)}:(*{pointed})(nil)" for key, pointed in _POINTERS.get(kind, ()) if key not in value]
    return GoText(kind + "{" + ", ".join(fields) + "}")


def _field(key: str, value: Any) -> str:
    if key in _MAPS and isinstance(value, Mapping):
        return string_map(value)
    return struct("v1.ObjectMeta", value) if key == "metadata" else _any(value)


def exported(key: str) -> str:
    """Return the name of a field in Go."""
    return _INITIALISMS.get(key) or key[:1].upper() + key[1:]


_POINTERS = {
    "apps.DaemonSetUpdateStrategy": (("rollingUpdate", "apps.RollingUpdateDaemonSet"),),
    "apps.DeploymentStrategy": (("rollingUpdate", "apps.RollingUpdateDeployment"),),
    "apps.StatefulSetUpdateStrategy": (("rollingUpdate", "apps.RollingUpdateStatefulSetStrategy"),),
    "core.SeccompProfile": (("localhostProfile", "string"),),
}
_MAPS = frozenset({"annotations", "labels", "matchLabels", "nodeSelector"})
_INITIALISMS = {
    "metadata": "ObjectMeta",
    "dnsPolicy": "DNSPolicy", "dnsConfig": "DNSConfig", "os": "OS", "tty": "TTY", "uid": "UID", "httpGet": "HTTPGet", "tcpSocket":
    "TCPSocket", "grpc": "GRPC", "setHostnameAsFQDN": "SetHostnameAsFQDN", "hostIPC": "HostIPC", "hostPID": "HostPID", "hostIP":
    "HostIP", "ip": "IP", "apiVersion": "APIVersion", "fsGroup": "FSGroup", "seLinuxOptions": "SELinuxOptions", "httpHeaders":
    "HTTPHeaders", "nfs": "NFS", "csi": "CSI", "fc": "FC", "iscsi": "ISCSI", "rbd": "RBD", "fsType": "FSType", "downwardAPI":
    "DownwardAPI",
}  # fmt: skip


def _any(value: Any) -> str:
    if isinstance(value, Mapping):
        if value and all(isinstance(item, str) for item in value.values()):
            return "{" + ", ".join(f"{exported(key)}:{quote(item)}" for key, item in value.items()) + "}"
        return struct("", value)
    if isinstance(value, list):
        return "{" + ", ".join(map(_any, value)) + "}"
    if isinstance(value, str):
        return quote(value)
    if value is None:
        return "nil"
    return json.dumps(value)
