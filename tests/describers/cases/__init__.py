"""Objects in YAML, the one to describe first, and beside them what kubectl 1.33 printed of it at the instant NOW in UTC."""

import pathlib

from minikube_py.kits import clock
from minikube_py.machinery.meta import Object

NOW = clock.parse_rfc3339("2026-11-21T00:45:00Z")
_HERE = pathlib.Path(__file__).parent
NAMES = sorted(path.stem for path in _HERE.glob("*.yaml"))


def objects(name: str) -> list[Object]:
    """Return the objects of a case."""
    from ruamel.yaml import YAML

    return [document for document in YAML(typ="safe", pure=True).load_all((_HERE / f"{name}.yaml").read_text()) if document]


def expected(name: str) -> str:
    """Return what kubectl printed."""
    return (_HERE / f"{name}.txt").read_text()
