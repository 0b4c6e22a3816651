"""The entry point: `kctl`, or `python -m minikube_py`."""

import gc
import sys


def main() -> int:
    """Run one command and return its exit code."""
    gc.set_threshold(100_000, 20, 50)  # objects are plain trees: looking for cycles that often would only cost time
    try:
        from minikube_py.cli import main as cli

        code = cli.run(sys.argv[1:])
    except KeyboardInterrupt:  # before anything had begun
        return 130
    _leave(code, hurried=code == cli.INTERRUPTED)
    return code


def _leave(code: int, *, hurried: bool) -> None:
    """End the process at once, where nobody waits to be told of its end: clearing up costs a tenth of a command's time.

    Where it is `hurried`, nobody waits for what its threads have asked an engine for either.
    """
    if sys.gettrace() is not None or sys.getprofile() is not None or (not hurried and _is_something_going_on()):
        return
    import os

    if "atexit" in sys.modules:
        import atexit

        atexit._run_exitfuncs()
        _flush()
    os._exit(code)  # what was written is flushed: cli.main has seen to that


def _flush() -> None:
    """Write out what those have printed who were called at the end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except OSError:  # nobody reads it any more
            continue


def _is_something_going_on() -> bool:
    """Tell whether a thread is there that the process does not end without."""
    threading = sys.modules.get("threading")
    return threading is not None and any(not one.daemon for one in threading.enumerate() if one is not threading.main_thread())


if __name__ == "__main__":
    sys.exit(main())
