"""Which levels of the Pod Security Standards the labels of a namespace ask for (k8s.io/pod-security-admission/api)."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError

PREFIX = "pod-security.kubernetes.io/"
LEVELS = ("privileged", "baseline", "restricted")  # the later, the stricter
PRIVILEGED = LEVELS[0]
_NEWEST = "latest"
_VERSION = r"v1\.(0|[1-9][0-9]*)"


class Level(NamedTuple):
    """A level of one version: restricted:latest."""

    name: str = PRIVILEGED
    version: str = _NEWEST

    def __str__(self) -> str:
        return f"{self.name}:{self.version}"

    @property
    def rank(self) -> int:
        """Return how strict the level is."""
        return LEVELS.index(self.name)

    @property
    def minor(self) -> int:
        """Return the minor version, one above all others for the latest."""
        return 1 << 30 if self.version == _NEWEST else int(self.version.removeprefix("v1."))


class Policy(NamedTuple):
    """What a namespace enforces, writes to the audit log, and warns of."""

    enforce: Level = Level()
    audit: Level = Level()
    warn: Level = Level()


def of(labels: Mapping[str, str]) -> tuple[Policy, list[FieldError]]:
    """Return the policy, and what is wrong with the labels: what cannot be read enforces restricted, and audits and warns of nothing."""
    found: list[FieldError] = []
    levels = {mode: _level(labels, mode, found) for mode in Policy._fields}
    enforced = levels["enforce"]
    is_read = labels.get(f"{PREFIX}enforce") in LEVELS
    if f"{PREFIX}warn" not in labels and is_read and enforced.rank > levels["warn"].rank:
        version = levels["warn"].version if f"{PREFIX}warn-version" in labels else enforced.version
        levels["warn"] = Level(enforced.name, version)
    return Policy(**levels), found


def _level(labels: Mapping[str, str], mode: str, found: list[FieldError]) -> Level:
    name = labels.get(PREFIX + mode, PRIVILEGED)
    if name not in LEVELS:
        found.append(_wrong(mode, name, f"must be one of {', '.join(LEVELS)}"))
        name = LEVELS[-1] if mode == "enforce" else PRIVILEGED
    version = labels.get(f"{PREFIX}{mode}-version", _NEWEST)
    if version != _NEWEST and re.fullmatch(_VERSION, version) is None:
        found.append(_wrong(f"{mode}-version", version, 'must be "latest" or "v1.x"'))
        version = _NEWEST
    return Level(name, version)


def _wrong(label: str, value: str, text: str) -> FieldError:
    return fielderrors.invalid(f"metadata.labels[{PREFIX}{label}]", value, text)
