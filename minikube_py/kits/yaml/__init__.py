"""YAML as kubectl reads and prints it (sigs.k8s.io/yaml): YAML 1.1 words, JSON values, Go's number forms, goyaml's messages."""

from minikube_py.kits.yaml.documents import Document, load, load_all
from minikube_py.kits.yaml.emit import dump
from minikube_py.kits.yaml.errors import Duplicate, YAMLError

__all__ = ["Document", "Duplicate", "YAMLError", "dump", "load", "load_all"]
