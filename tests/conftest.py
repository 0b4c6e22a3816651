"""All tests may use the fixtures that authors of plugins get: kctl, kctl_cluster, kctl_clock."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import hypothesis
import pytest

pytest_plugins = ["minikube_py.testing"]

# Tests of programs that are not ours (kubectl, container engines, client libraries), and of many processes at once, which share a machine's cores with
# all other tests: one that fails gets a second try, and the summary counts those as rerun. All else has to hold the first time.
_FOREIGN = ("conformance", "engines", "transcripts", "tutorials", "kubelet/runtimes", "behaviour/test_engine", "behaviour/test_three_tiers",
            "behaviour/test_beside_kube_play", "crash")

# Tests on one kind of engine run one after another (`--dist loadgroup`): several Podmans on a machine choose the same networks. Said to xdist by a
# scheduler, as its own marks for groups are without effect where pytest is 9.2.
_ENGINES = {"podman": ("podman", "beside_kube_play", "test_case_runs[engines"), "docker": ("docker", "test_engine_tls")}
_ON_ENGINES = ("engines", "kubelet/runtimes", "behaviour", "crash/test_engine", "benchmarks")

_LINES = 60  # of what went wrong at a first try

# What takes seconds comes first, so that no worker goes on alone at the end with one long test.
_LONG = ("transcripts", "tutorials", "conformance", "benchmarks", "crash", "plugins", "test_packaging", "surface")

# Generated examples are the same in every run, and no example has a time limit: a run must not depend on luck or load. `--hypothesis-profile=search`
# looks for new ones.
_GENERATED = {"deadline": None, "suppress_health_check": (hypothesis.HealthCheck.too_slow,)}
hypothesis.settings.register_profile("same", derandomize=True, database=None, **_GENERATED)
hypothesis.settings.register_profile("search", **_GENERATED)
hypothesis.settings.load_profile("same")

# A shell that runs the tests in the background has them ignore Ctrl-C, and so would the commands that they run and end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two workers more than cores (`-n auto`): who tests engines mostly waits for them."""
    return len(os.sched_getaffinity(0)) + 2 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give all tests on one kind of engine to one worker, and every other test to whoever has nothing to do."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler.loadscope import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return engine_of(nodeid) or nodeid

    return Scheduling(config, log)


def engine_of(nodeid: str) -> str:
    """Return the kind of engine that a test runs on, or nothing."""
    kinds = [kind for kind, words in _ENGINES.items() if any(word in nodeid.lower() for word in words)]
    return kinds[0] if kinds and nodeid.removeprefix("tests/").startswith(_ON_ENGINES) else ""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that get a second try, and let what takes long come first."""
    root = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(root) and item.path.relative_to(root).as_posix().startswith(_FOREIGN):
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=lambda item: not (item.path.is_relative_to(root) and item.path.relative_to(root).as_posix().startswith(_LONG)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell why tests got a second try: what helped them may not help the next time."""
    for report in terminalreporter.stats.get("rerun", ()):
        terminalreporter.write_sep("_", f"first try of {report.nodeid}")
        terminalreporter.write_line("\n".join(report.longreprtext.splitlines()[-_LINES:]))
