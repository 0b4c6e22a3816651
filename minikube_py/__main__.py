"""The entry point: `kctl`, or `python -m minikube_py`."""

import gc
import sys


def main() -> int:
    """Run one command and return its exit code."""
    gc.set_threshold(20_000, 20, 50)  # objects are plain trees: looking for cycles that often would only cost time
    try:
        from minikube_py.cli import main as cli

        code = cli.run(sys.argv[1:])
    except KeyboardInterrupt:  # before anything had begun
        return 130
    _leave(code)
    return code


def _leave(code: int) -> None:
    """End the process at once, where nobody waits to be told of its end: clearing up costs a tenth of a short command's time."""
    if "atexit" in sys.modules or "threading" in sys.modules or sys.gettrace() is not None:
        return
    import os

    os._exit(code)  # what was written is flushed: cli.main has seen to that


if __name__ == "__main__":
    sys.exit(main())
