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
    """End the process at once, where nobody waits to be told of its end: clearing up costs a tenth of a command's time."""
    if _somebody_waits():
        return
    import os

    os._exit(code)  # what was written is flushed: cli.main has seen to that


def _somebody_waits() -> bool:
    """Tell whether threads are still there, or functions to be called at the end, or who measures what is run."""
    threading, atexit = sys.modules.get("threading"), sys.modules.get("atexit")
    if threading is not None and threading.active_count() > 1:
        return True
    return sys.gettrace() is not None or sys.getprofile() is not None or (atexit is not None and atexit._ncallbacks() > 0)


if __name__ == "__main__":
    sys.exit(main())
