"""Probes of a container in one line each."""

from typing import Any

from minikube_py.describers import golang

PROBES = (("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe"))
_HOST_SAFE = "!$&'()*+,;=:[]<>\""  # what net/url leaves alone in a host
_PATH_SAFE = "$&+,/:;=@"  # what net/url leaves alone in a path


def text(probe: dict[str, Any]) -> str:
    """Return `http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3`."""
    attributes = (
        f"delay={probe.get('initialDelaySeconds') or 0}s timeout={probe.get('timeoutSeconds') or 0}s "
        f"period={probe.get('periodSeconds') or 0}s #success={probe.get('successThreshold') or 0} "
        f"#failure={probe.get('failureThreshold') or 0}"
    )
    return f"{_handler(probe)} {attributes}"


def _handler(probe: dict[str, Any]) -> str:
    if probe.get("exec") is not None:
        return f"exec {golang.listing(probe['exec'].get('command'))}"
    if probe.get("httpGet") is not None:
        return f"http-get {_url(probe['httpGet'])}"
    if probe.get("tcpSocket") is not None:
        return f"tcp-socket {probe['tcpSocket'].get('host') or ''}:{probe['tcpSocket'].get('port', 0)}"
    if probe.get("grpc") is not None:
        return f"grpc <pod>:{probe['grpc'].get('port', 0)} {probe['grpc'].get('service') or ''}"
    return "unknown"


def _url(action: dict[str, Any]) -> str:
    from urllib.parse import quote

    host, port = action.get("host") or "", str(action.get("port", 0))
    if port:
        host = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    path = action.get("path") or ""
    slash = "" if not path or path.startswith("/") else "/"
    scheme = (action.get("scheme") or "").lower()
    return f"{scheme}{':' if scheme else ''}//{quote(host, safe=_HOST_SAFE)}{slash}{quote(path, safe=_PATH_SAFE)}"
