"""Where an engine listens, found as its own tools find it: by environment, context or configuration, at last at the usual places."""

import importlib.util
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from minikube_py.kubelet.engines import api, wire

KINDS = ("docker", "podman")
_DOCKER_SOCKET = "/var/run/docker.sock"
_PODMAN_SOCKET = "/run/podman/podman.sock"
_HINTS = {
    "docker": "is Docker running, and may you use its socket?",
    "podman": "its API must be on: systemctl --user enable --now podman.socket (or without --user, as root)",
}


def open_engine(kind: str, environment: Mapping[str, str]) -> api.Engine:
    """Return the engine of a kind; an EngineError where it is not known where it listens, or where its client is not installed. Does not connect yet."""
    if kind not in KINDS:
        raise api.EngineError(f"there is no engine {kind!r}: choose one of {', '.join(KINDS)}")
    if importlib.util.find_spec(kind) is None:
        raise api.EngineError(f"the runtime {kind} needs the Python package {kind}: pip install 'minikube-py[{kind}]'")
    address = (docker_address if kind == "docker" else podman_address)(environment)
    if kind == "docker":
        from minikube_py.kubelet.engines import docker

        return docker.Docker(address)
    from minikube_py.kubelet.engines import podman

    return podman.Podman(address)


def docker_address(environment: Mapping[str, str]) -> wire.Address:
    """Return where Docker listens: DOCKER_HOST, then DOCKER_CONTEXT, then the current context, then the usual socket, then that of rootless Docker."""
    folder = Path(environment.get("DOCKER_CONFIG") or _home(environment) / ".docker")
    if host := environment.get("DOCKER_HOST"):
        return _address("docker", host, "DOCKER_HOST", **_docker_tls(environment, folder))
    context = environment.get("DOCKER_CONTEXT") or _json(folder / "config.json").get("currentContext") or "default"
    if context != "default":
        return _docker_context(folder, str(context))
    rootless = os.path.join(environment.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}", "docker.sock")
    return _address("docker", f"unix://{rootless if _usable(rootless) and not _usable(_DOCKER_SOCKET) else _DOCKER_SOCKET}", "the usual socket")


def _docker_tls(environment: Mapping[str, str], folder: Path) -> dict[str, Any]:
    verify = bool(environment.get("DOCKER_TLS_VERIFY"))
    if not verify and not environment.get("DOCKER_TLS"):
        return {}
    return _certificates(Path(environment.get("DOCKER_CERT_PATH") or folder)) | {"verify": verify}


def _docker_context(folder: Path, name: str) -> wire.Address:
    import hashlib  # loads OpenSSL

    number = hashlib.sha256(name.encode()).hexdigest()
    meta = _json(folder / "contexts" / "meta" / number / "meta.json")
    endpoint = (meta.get("Endpoints") or {}).get("docker") or {}
    if not endpoint.get("Host"):
        raise api.EngineError(f'the Docker context "{name}" does not exist')
    tls = _certificates(folder / "contexts" / "tls" / number / "docker")
    return _address("docker", endpoint["Host"], f'the Docker context "{name}"', **(tls | {"verify": not endpoint.get("SkipTLSVerify")} if tls else {}))


def _certificates(folder: Path) -> dict[str, Any]:
    """Return what TLS needs, where a folder holds it in files that have Docker's names."""
    files = {name: str(folder / f"{name}.pem") for name in ("ca", "cert", "key")}
    found = {name: path for name, path in files.items() if os.path.exists(path)}
    return found | {"tls": True} if found else {}


def podman_address(environment: Mapping[str, str]) -> wire.Address:
    """Return where Podman listens: CONTAINER_HOST, then its configured connection, then the user's socket, then that of the system."""
    if host := environment.get("CONTAINER_HOST"):
        return _address("podman", host, "CONTAINER_HOST")
    local = _podman_sockets(environment)
    wanted = environment.get("CONTAINER_CONNECTION") or ""
    name, destinations = _destinations(environment)
    if wanted and wanted not in destinations:
        raise api.EngineError(f'the Podman connection "{wanted}" does not exist')
    uri = destinations.get(wanted or name, "")
    # A machine's connection (ssh) is for a podman without an engine of its own: where one listens here, it is meant.
    if uri and (wanted or uri.startswith("unix:") or not any(map(_usable, local))):
        return _address("podman", uri, f'the Podman connection "{wanted or name}"')
    return _address("podman", f"unix://{next(filter(_usable, local), local[0])}", "the usual socket")


def _podman_sockets(environment: Mapping[str, str]) -> list[str]:
    if os.getuid() == 0:
        return [_PODMAN_SOCKET]
    runtime = environment.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    return [os.path.join(runtime, "podman", "podman.sock"), _PODMAN_SOCKET]


def _destinations(environment: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the name of the active connection, and the addresses of all: of containers.conf, and of Podman 5's own file."""
    active, found = "", {}
    for path in _configurations(environment):
        engine = _toml(path).get("engine") or {}
        active = engine.get("active_service") or active
        found.update({name: str(each.get("uri", "")) for name, each in (engine.get("service_destinations") or {}).items() if isinstance(each, dict)})
    own = environment.get("PODMAN_CONNECTIONS_CONF") or _user_folder(environment) / "podman-connections.json"
    connection = _json(Path(own)).get("Connection") or {}
    found.update({name: str(each.get("URI", "")) for name, each in (connection.get("Connections") or {}).items()})
    return str(connection.get("Default") or active), found


def _configurations(environment: Mapping[str, str]) -> list[Path]:
    """Return the files of containers.conf; later ones win."""
    paths = [Path("/usr/share/containers/containers.conf")]
    for folder in (Path("/etc/containers"), _user_folder(environment)):
        paths += [folder / "containers.conf", *sorted((folder / "containers.conf.d").glob("*.conf"))]
    if only := environment.get("CONTAINERS_CONF"):
        paths = [Path(only)]
    if last := environment.get("CONTAINERS_CONF_OVERRIDE"):
        paths.append(Path(last))
    return paths


def _user_folder(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("XDG_CONFIG_HOME") or _home(environment) / ".config") / "containers"


def _address(kind: str, host: str, source: str, **tls: Any) -> wire.Address:
    scheme, separator, rest = host.partition("://")
    if scheme == "unix" and separator:
        return wire.Address(f"unix://{os.path.normpath('/' + rest.lstrip('/'))}", hint=_HINTS[kind])
    if scheme in ("tcp", "http", "https") and rest.rstrip("/"):
        if kind == "podman" and (tls or scheme == "https"):
            raise api.EngineError(f"{source} says {host}: Podman's client speaks no TLS")
        return wire.Address(f"tcp://{rest.rstrip('/')}", hint=_HINTS[kind], **(tls or {"tls": scheme == "https"}))
    raise api.EngineError(f"{source} says {host}: kctl reaches an engine through unix:// and tcp:// only (an ssh tunnel can carry the socket)")


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HOME") or os.path.expanduser("~"))


def _usable(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode) and os.access(path, os.R_OK | os.W_OK)
    except OSError:
        return False


def _json(path: Path) -> dict[str, Any]:
    """Return what a file of an engine's tool says; nothing where there is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise api.EngineError(f"{path} cannot be read: {error}") from error
    return found if isinstance(found, dict) else {}


def _toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise api.EngineError(f"{path} cannot be read: {error}") from error
