"""Lines that kubectl logs rather than prints (k8s.io/klog): W1121 15:04:05.000000   12345 helpers.go:717] text."""

from typing import TextIO


def warning(text: str, where: str, err: TextIO) -> None:
    """Log a warning; `where` is the place in kubectl 1.33 that logs it."""
    import os
    import time

    now = time.time()  # when this process says so, which has nothing to do with a cluster's clock
    stamp = time.strftime("%m%d %H:%M:%S", time.localtime(now))
    err.write(f"W{stamp}.{int(now * 1e6) % 1_000_000:06} {os.getpid():7} {where}] {text}\n")
