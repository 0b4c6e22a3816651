"""Whom the kernel of this machine killed for the memory he took, as its log tells.

Podman 4 on cgroup v1 does not know it: conmon leaves the note in the service's working directory, and Podman looks for it in the container's. Docker
hears of it from containerd, beside the container's end: where that comes first, or has removed the cgroup before containerd looked, it never knows.
The kernel names the cgroup, which engines call after the container.
"""

import contextlib
import os
import re
import threading

_LOG = "/dev/kmsg"
KILLED = 128 + 9  # the exit code of what was killed
_RECORD = 8192  # bytes: more than a record can have
_KILLED = re.compile(rb"oom-kill:.*oom_memcg=[^,]*[-/]([0-9a-f]{64})")


class KernelLog:
    """The kernel's log, read on from where the last look ended. Where this process may not read it, it tells nothing."""

    def __init__(self, path: str = _LOG) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._killed: set[str] = set()
        self._open = -1

    def tells_of(self, container: str) -> bool:
        """Tell whether a container was killed for the memory it took."""
        with self._lock, contextlib.suppress(OSError):
            self._read_on()
        return container in self._killed

    def _read_on(self) -> None:
        if self._open < 0:
            self._open = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        while True:
            try:
                record = os.read(self._open, _RECORD)
            except BrokenPipeError:  # records were dropped meanwhile; it goes on with the oldest one
                continue
            if not record:
                return
            self._killed.update(found.decode() for found in _KILLED.findall(record))
