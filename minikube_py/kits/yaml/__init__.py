"""YAML as kubectl reads and prints it (sigs.k8s.io/yaml): YAML 1.1 words, JSON values, Go's number forms, goyaml's messages."""

from typing import Any

from minikube_py.kits.yaml.documents import Document, first, load, load_all
from minikube_py.kits.yaml.errors import Duplicate, YAMLError

__all__ = ["Document", "Duplicate", "YAMLError", "dump", "first", "load", "load_all"]


def dump(value: Any) -> str:
    """Return JSON-shaped data as one YAML document that ends in a line break; ValueError for NaN and infinities."""
    from minikube_py.kits.yaml import emit

    return emit.dump(value)
