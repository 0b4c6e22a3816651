"""Reading transcripts: what differs from run to run is replaced by what stands for it."""

import re

from minikube_py.cluster.cluster import Cluster
from minikube_py.testing import FakeClock, Kctl

_RANDOM = re.compile(r"(?<=-)[bcdfghjklmnpqrstvwxz2456789]{5}(?=\s|$)", re.MULTILINE)


def normal(text: str) -> str:
    """Return a text with xxxxx for the random ends of names, which are all of one length; `text` starts with a line break that goes."""
    return _RANDOM.sub("xxxxx", text).removeprefix("\n")


class Session:
    """Command lines on a cluster in memory, whose clock stands still until it is moved."""

    def __init__(self, cluster: Cluster, clock: FakeClock) -> None:
        self.cluster = cluster
        self.clock = clock
        self.kctl = Kctl(cluster)

    def __call__(self, line: str, *, stdin: str = "") -> str:
        return normal(self.kctl(line, stdin=stdin))

    def says(self, line: str, expected: str, *, stdin: str = "") -> None:
        """Assert what a command line prints."""
        assert self(line, stdin=stdin) == normal(expected)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and everything happen that is due by then."""
        self.clock.advance(seconds)
        self.cluster.settle()
