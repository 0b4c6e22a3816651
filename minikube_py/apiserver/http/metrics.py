"""Counters under kube-apiserver's names, in Prometheus' text format. All are counted in the event loop's thread."""

import time
from collections import defaultdict
from collections.abc import Iterator

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60)  # seconds

Labels = tuple[tuple[str, str], ...]


class _Histogram:
    __slots__ = ("counts", "total", "sum")

    def __init__(self) -> None:
        self.counts = [0] * len(_BUCKETS)
        self.total = 0
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.total += 1
        self.sum += value
        for place, bound in enumerate(_BUCKETS):
            if value <= bound:
                self.counts[place] += 1
                return


class Metrics:
    """What one server has counted since it started."""

    def __init__(self) -> None:
        self.started = time.time()
        self.in_flight = {"readOnly": 0, "mutating": 0}
        self.long_running: defaultdict[Labels, int] = defaultdict(int)
        self._requests: defaultdict[Labels, int] = defaultdict(int)
        self._durations: defaultdict[Labels, _Histogram] = defaultdict(_Histogram)
        self._rejected: defaultdict[Labels, int] = defaultdict(int)

    def finished(self, labels: Labels, code: int, seconds: float | None) -> None:
        """Count a request; `labels` are verb, group, version, resource, subresource and scope. Long-running ones have no duration."""
        self._requests[*labels, ("code", str(code))] += 1
        if seconds is not None:
            self._durations[labels].observe(seconds)

    def rejected(self, kind: str) -> None:
        """Count a request that was one too many."""
        self._rejected[("request_kind", kind),] += 1

    def text(self, gauges: dict[str, tuple[str, float]]) -> str:
        """Return everything in the text format; `gauges` are further ones: name -> (help, value)."""
        return "\n".join(self._lines(gauges)) + "\n"

    def _lines(self, gauges: dict[str, tuple[str, float]]) -> Iterator[str]:
        yield from _family("apiserver_current_inflight_requests", "gauge", "Maximal number of currently used inflight request limit of this apiserver "
                           "per request kind in last second.", _by_kind(self.in_flight))  # fmt: skip
        yield from _family("apiserver_longrunning_requests", "gauge", "Gauge of all active long-running apiserver requests broken out by verb, group, "
                           "version, resource, scope and component.", self.long_running)  # fmt: skip
        yield from _family("apiserver_request_total", "counter", "Counter of apiserver requests broken out for each verb, dry run value, group, "
                           "version, resource, scope, component, and HTTP response code.", self._requests)  # fmt: skip
        yield from _family("apiserver_request_terminations_total", "counter", "Number of requests which apiserver terminated in self-defense.",
                           self._rejected)  # fmt: skip
        yield from self._histograms()
        for name, (text, value) in gauges.items():
            yield f"# HELP {name} {text}"
            yield f"# TYPE {name} gauge"
            yield f"{name} {value!r}"

    def _histograms(self) -> Iterator[str]:
        name = "apiserver_request_duration_seconds"
        yield f"# HELP {name} Response latency distribution in seconds for each verb, group, version, resource, subresource and scope."
        yield f"# TYPE {name} histogram"
        for labels, histogram in sorted(self._durations.items()):
            below = 0
            for bound, count in zip(_BUCKETS, histogram.counts, strict=True):
                below += count
                yield f"{name}_bucket{_spelled((*labels, ('le', f'{bound:g}')))} {below}"
            yield f"{name}_bucket{_spelled((*labels, ('le', '+Inf')))} {histogram.total}"
            yield f"{name}_sum{_spelled(labels)} {histogram.sum!r}"
            yield f"{name}_count{_spelled(labels)} {histogram.total}"


def _family(name: str, kind: str, text: str, values: dict[Labels, int]) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"
    for labels, value in sorted(values.items()):
        yield f"{name}{_spelled(labels)} {value!r}"


def _by_kind(counts: dict[str, int]) -> dict[Labels, int]:
    return {(("request_kind", kind),): value for kind, value in counts.items()}


def _spelled(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
