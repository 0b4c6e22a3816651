"""Texts and times as engines write them."""

import re

from minikube_py.kits import clock

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LONGEST = 4096
_LOGGED = re.compile(r'(?:[\w.-]+: )?time="[^"]*" level=\w+ msg="((?:[^"\\]|\\.)*)"')  # how runc logs
_ENDPOINT = re.compile(r" \([0-9a-f]{64}\)")  # Docker's number of what it could not make


def clean(text: str) -> str:
    """Return an engine's text without what could command a terminal, at most some pages of it."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", text.strip())[:_LONGEST]


def said(text: str) -> str:
    """Return an engine's error, cleaned, without the times and numbers that would make each one another."""
    return clean(_ENDPOINT.sub("", _LOGGED.sub(lambda match: re.sub(r"\\(.)", r"\1", match.group(1)), text)))


def seconds(time: str | None) -> float:
    """Return seconds since the epoch; 0 where the engine has no time to tell (Go's zero time)."""
    if not time or time.startswith("0001-"):
        return 0.0
    try:
        return clock.parse_rfc3339(time)
    except ValueError:
        return 0.0


def qualified(image: str) -> str:
    """Return an image's name with its registry and tag, as Docker and Kubernetes complete it: busybox is docker.io/library/busybox:latest."""
    first, slash, rest = image.partition("/")
    if not slash:
        image = f"docker.io/library/{image}"
    elif not (first == "localhost" or "." in first or ":" in first):
        image = f"docker.io/{image}"
    elif first in ("docker.io", "index.docker.io"):
        image = f"docker.io/{rest if '/' in rest else f'library/{rest}'}"
    return image if "@" in image or ":" in image.rpartition("/")[2] else f"{image}:latest"


def repository_and_tag(image: str) -> tuple[str, str]:
    """Return what an engine is asked for: a name, and its tag or digest."""
    name, at, digest = image.partition("@")
    if at:
        return name, digest
    head, colon, tag = image.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (image, "latest")
