"""Files that come later: a sandbox is begun while its tokens are still being signed."""

import threading
from collections.abc import Callable, Iterator, Mapping

from minikube_py.kubelet.runtime import MOUNT_FAILED, File, RuntimeFailure

Files = Mapping[str, Mapping[str, File]]


class Later(Mapping[str, Mapping[str, File]]):
    """The files of a pod's volumes. Whoever looks at them waits until they are there."""

    def __init__(self) -> None:
        self._there = threading.Event()
        self._found: Files | None = None

    def come(self, find: Callable[[], Files]) -> None:
        """Let them be what `find` returns; where it fails, so does whoever waits."""
        try:
            self._found = find()
        finally:
            self._there.set()

    def _files(self) -> Files:
        self._there.wait()
        if self._found is None:
            raise RuntimeFailure(MOUNT_FAILED, "the files of the pod's volumes could not be made")
        return self._found

    def __getitem__(self, volume: str) -> Mapping[str, File]:
        return self._files()[volume]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files())

    def __len__(self) -> int:
        return len(self._files())
