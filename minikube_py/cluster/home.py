"""Where clusters live on disk: $KCTL_HOME with a kubeconfig, the user's configuration, and a folder for each cluster.

Everything is JSON (which is YAML, so that any kubeconfig reader takes it), for start-up time. Folders are 0700, files 0600.
"""

import json
import os
import re
from typing import Any

from minikube_py.machinery.errors import KctlError

TRIALS = "trials"  # the folder of what the doctor has begun (cluster/trials.py)
TEMPORARY = ".tmp"  # how the files end that are to take the place of others, after the number of the process that writes them
DEFAULT_CLUSTER = "minikube"
_NOUNS: dict[type, str] = {dict: "map", list: "list", str: "string", int: "whole number", float: "number"}
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


class Home:
    """$KCTL_HOME, or kctl's folder below the XDG data folder."""

    def __init__(self, path: str) -> None:
        self.path = path

    @classmethod
    def of(cls, environment: "os._Environ[str] | dict[str, str]") -> "Home":
        """Return the home that the environment names."""
        explicit = environment.get("KCTL_HOME")
        if explicit:
            return cls(os.path.abspath(explicit))
        data = environment.get("XDG_DATA_HOME") or os.path.join(environment.get("HOME") or os.path.expanduser("~"), ".local", "share")
        return cls(os.path.join(data, "kctl"))

    def join(self, *parts: str) -> str:
        """Return a path below the home."""
        return os.path.join(self.path, *parts)

    @property
    def kubeconfig(self) -> str:
        """Return the path of kctl's own kubeconfig."""
        return self.join("config")

    def cluster(self, name: str) -> str:
        """Return the folder of a cluster."""
        check_name(name)
        return self.join("clusters", name)

    def has(self, name: str) -> bool:
        """Tell whether there is a cluster of that name."""
        return os.path.exists(os.path.join(self.cluster(name), "cluster.json"))

    def clusters(self) -> list[str]:
        """Return the names of the clusters that are there."""
        try:
            names = sorted(os.listdir(self.join("clusters")))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise KctlError(f"{self.path}: {error.strerror}") from error
        return [name for name in names if os.path.exists(self.join("clusters", name, "cluster.json"))]

    def make(self, *parts: str) -> str:
        """Create a folder below the home for this user only, and return it."""
        path = self.join(*parts)
        try:
            os.makedirs(self.path, mode=0o700, exist_ok=True)
            for end in range(1, len(parts) + 1):
                os.makedirs(self.join(*parts[:end]), mode=0o700, exist_ok=True)
        except OSError as error:
            raise KctlError(f"cannot create {path}: {error.strerror}") from error
        return path

    def configuration(self) -> dict[str, Any]:
        """Return the user's configuration (kctl.json): plugins.directory, plugins.disabled."""
        path = self.join("kctl.json")
        content = read_json(path) or {}
        plugins = content.get("plugins")
        check_types({"plugins": plugins}, path, {"plugins": dict})
        check_types(plugins or {}, path, {"directory": str, "disabled": list})
        return content


def check_types(content: dict[str, Any], path: str, expected: dict[str, type]) -> None:
    """Refuse fields of a file that are there and of another type; a whole number will do for a float."""
    for field, kind in expected.items():
        value = content.get(field)
        if value is None or (isinstance(value, kind) and not (kind is int and isinstance(value, bool))) or (kind is float and type(value) is int):
            continue
        raise KctlError(f"cannot read {path}: {field} must be a {_NOUNS[kind]}")


def check_name(name: str) -> str:
    """Return a cluster's name; refuse what is no DNS label, as names become folders."""
    if not _NAME.fullmatch(name):
        raise KctlError(f'"{name}" is no name for a cluster: lower case letters, digits and "-", at most 63')
    return name


def read_text(path: str, problem: str) -> str | None:
    """Return what is in a file; None where there is none. `problem` is how the error begins."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except IsADirectoryError:
        reason = f"read {path}: is a directory"
    except OSError as error:
        reason = f"open {path}: {(error.strerror or str(error)).lower()}"
    except UnicodeDecodeError as error:
        reason = str(error)
    raise KctlError(f"{problem}: {reason}")


def read_json(path: str) -> dict[str, Any] | None:
    """Return the object in a JSON or YAML file; None where there is no file."""
    problem = f"cannot read {path}"
    text = read_text(path, problem)
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = _read_yaml(problem, text)
    if not isinstance(value, dict):
        raise KctlError(f"{problem}: it holds no object")
    return value


def _read_yaml(problem: str, text: str) -> Any:
    from minikube_py.kits import yaml

    try:
        documents = [document.value for document in yaml.load_all(text)]
    except ValueError as error:
        raise KctlError(f"{problem}: {error}") from error
    return documents[0] if documents else {}


def write_json(path: str, value: dict[str, Any]) -> None:
    """Replace a file with a JSON object, as `write_text` does."""
    write_text(path, as_json(value))


def as_json(value: dict[str, Any]) -> str:
    """Return a JSON object as the files of a home hold it."""
    return json.dumps(value, indent=2) + "\n"


def write_text(path: str, text: str) -> None:
    """Replace a file, all or nothing. It keeps its mode and owner; a new one is readable by this user only."""
    temporary = f"{path}.{os.getpid()}{TEMPORARY}"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            _resemble(descriptor, path)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise KctlError(f"cannot write {path}: {error.strerror}") from error


def _resemble(descriptor: int, path: str) -> None:
    """Give a file that is to take another's place the mode and the owner of that."""
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return
    if (there.st_uid, there.st_gid) != (os.geteuid(), os.getegid()):
        try:
            os.fchown(descriptor, there.st_uid, there.st_gid)
        except PermissionError:
            return  # it becomes this user's, and nobody else may read it
    os.fchmod(descriptor, there.st_mode & 0o777)
