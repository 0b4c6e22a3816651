"""Logs of containers: lines with their times, from the frames that engines send."""

import threading
from collections.abc import Iterator

from minikube_py.kubelet.engines import api, texts, wire


class Lines:
    """The lines of a container's log as they come in; `close` ends them from any thread, also one that waits for the next."""

    def __init__(self, stream: wire.Stream, *, tty: bool, since: float, ended: bool) -> None:
        """`ended`: the engine writes whole lines, with one end, two, or none."""
        self._stream, self._since = stream, since
        self._lines = _raw(stream) if tty else _framed(stream, b"\n" if ended else b"")
        self._closing = threading.Lock()
        self._closed = False

    def __iter__(self) -> Iterator[api.LogLine]:
        return self

    def __next__(self) -> api.LogLine:
        try:
            for line in self._lines:
                if line.at >= self._since:
                    return line
        except BaseException:
            self.close()
            raise
        self.close()
        raise StopIteration

    def close(self) -> None:
        """Let go of the engine."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        self._stream.close()

    def __del__(self) -> None:
        self.close()


def _framed(stream: wire.Stream, end: bytes) -> Iterator[api.LogLine]:
    frames = wire.Frames()
    for data in stream:
        for name, frame in frames.feed(data):
            yield _line(name, frame.removesuffix(end) + end)


def _raw(stream: wire.Stream) -> Iterator[api.LogLine]:
    """Yield what a terminal has shown: it has no frames, and one stream."""
    rest = b""
    for data in stream:
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield _line("stdout", line + b"\n")
    if rest:
        yield _line("stdout", rest)


def _line(stream: str, frame: bytes) -> api.LogLine:
    stamp, _, text = frame.partition(b" ")
    written = stamp.decode("ascii", "replace")
    return api.LogLine(texts.seconds(written), stream, text, written)
