"""Runs commands as whole processes and times them."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

KCTL = (sys.executable, "-m", "minikube_py")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def kubectl() -> str | None:
    """Return a kubectl to compare with: 1.33 itself where it is to be had, as a dispatcher in front of it would count against it."""
    for name in ("kubectl.1.33", "kubectl"):
        found = shutil.which(name)
        if found is not None:
            beside = os.path.join(os.path.dirname(os.path.realpath(found)), "kubectl.1.33")
            return beside if os.path.exists(beside) else found
    return None


@contextmanager
def home() -> Iterator[dict[str, str]]:
    """Give an environment with a new, empty KCTL_HOME, in which Python does as by default: what is installed is compiled, output is buffered."""
    usual = {name: value for name, value in os.environ.items() if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")}
    with tempfile.TemporaryDirectory() as folder:
        yield {**usual, "KCTL_HOME": os.path.join(folder, "home"), "PYTHONPATH": ROOT}


def run(line: Sequence[str], environment: dict[str, str], stdin: str | None = None) -> str:
    """Run a command and return what it printed; fail where it fails."""
    done = subprocess.run(line, env=environment, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(line)}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def kctl(environment: dict[str, str], *words: str, stdin: str | None = None) -> str:
    """Run one kctl command."""
    return run((*KCTL, *words), environment, stdin)


def seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def paired(first: Callable[[], object], second: Callable[[], object], runs: int) -> tuple[float, float]:
    """Return the medians of two actions that are run in turn, so that a machine that slows down slows both."""
    first()
    second()
    ones, others = [], []
    for _ in range(runs):
        ones.append(seconds(first))
        others.append(seconds(second))
    return statistics.median(ones), statistics.median(others)
