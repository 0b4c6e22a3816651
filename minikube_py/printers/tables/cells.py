"""What cells of several kinds have in common: ages, labels, selectors, lists that are cut off."""

from collections.abc import Iterable
from typing import Any

from minikube_py.machinery import durations, meta
from minikube_py.machinery.meta import Object

NONE = "<none>"
UNSET = "<unset>"


def age(obj: Object, now: float) -> str:
    """Return the time since creation."""
    return durations.since(obj["metadata"].get("creationTimestamp"), now)


def spec(obj: Object) -> dict[str, Any]:
    """Return spec, or an empty dict."""
    return obj.get("spec") or {}


def status(obj: Object) -> dict[str, Any]:
    """Return status, or an empty dict."""
    return obj.get("status") or {}


def number(part: dict[str, Any], field: str) -> int:
    """Return an integer field, 0 where it is left out."""
    return part.get(field) or 0


def labels(pairs: dict[str, str] | None) -> str:
    """Return `a=1,b=2`, sorted; `<none>` where there are none."""
    return ",".join(f"{key}={value}" for key, value in sorted(pairs.items())) if pairs else NONE


def selector_text(selector: dict[str, Any] | None) -> str | None:
    """Return a LabelSelector as one would type it, empty where it selects by nothing; None where it is invalid."""
    from minikube_py.machinery import selectors

    try:
        return str(selectors.from_object(selector))
    except ValueError:
        return None


def selector(value: dict[str, Any] | None) -> str:
    """Return a LabelSelector as metav1.FormatLabelSelector does."""
    shown = selector_text(value)
    return "<error>" if shown is None else shown or NONE


def containers(pod_spec: dict[str, Any] | None) -> tuple[str, str]:
    """Return names and images of the containers, each separated by commas."""
    found = (pod_spec or {}).get("containers") or ()
    return ",".join(item.get("name", "") for item in found), ",".join(item.get("image", "") for item in found)


def template_spec(part: dict[str, Any]) -> dict[str, Any]:
    """Return template.spec of a workload's spec."""
    return (part.get("template") or {}).get("spec") or {}


def cut(shown: list[str], count: int, limit: int = 3, separator: str = ",") -> str:
    """Return the items joined, and how many more there are than `limit`."""
    joined = separator.join(shown[:limit])
    return f"{joined} + {count - limit} more..." if count > limit else joined


def cut_or_unset(items: Iterable[str], limit: int = 3) -> str:
    """Return the first items and how many more there are, `<unset>` where there are none."""
    shown = list(items)
    return cut(shown, len(shown), limit) or UNSET


def condition_status(obj: Object, kind: str) -> str:
    """Return True, False or Unknown; empty where the condition is absent."""
    found = meta.condition(obj, kind)
    return found.get("status", "") if found else ""


def host_port(host: str, port: int) -> str:
    """Return `host:port`, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def load_balancer(part: dict[str, Any]) -> str:
    """Return the distinct addresses of status.loadBalancer, sorted."""
    ingress = (part.get("loadBalancer") or {}).get("ingress") or ()
    return ",".join(sorted({item.get("ip") or item.get("hostname") for item in ingress if item.get("ip") or item.get("hostname")}))


def group_kind(api_version: str, kind: str) -> str:
    """Return `deployment.apps`, lower-cased."""
    group = meta.split_api_version(api_version)[0]
    return f"{kind}.{group}".lower() if group else kind.lower()
