"""Lines that kubectl logs rather than prints, from commands: see kits.klog."""

from typing import TextIO

from minikube_py.kits.klog import Log


def warning(text: str, where: str, err: TextIO) -> None:
    """Log a warning; `where` is the place in kubectl 1.33 that logs it."""
    Log(err.write).line("W", where, text)


def fatal(text: str, where: str, err: TextIO) -> None:
    """Log what a command of kubectl ends with there and then."""
    Log(err.write).line("F", where, text)
