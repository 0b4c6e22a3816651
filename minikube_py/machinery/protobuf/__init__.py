"""Protobuf bodies as kubectl 1.32 and later send them, read into plain objects. Hostile bytes end in a ValueError, never in a hang."""

from minikube_py.machinery.protobuf.envelope import MAGIC, decode

__all__ = ["MAGIC", "decode"]
