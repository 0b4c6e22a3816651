"""All tests may use the fixtures that authors of plugins get: kctl, kctl_cluster, kctl_clock."""

from pathlib import Path

import pytest

pytest_plugins = ["minikube_py.testing"]

# Tests of programs that are not ours (kubectl, container engines, client libraries), and of many processes at once, which share a machine's cores with
# all other tests: one that fails gets a second try, and the summary counts those as rerun. All else has to hold the first time.
_FOREIGN = ("conformance", "engines", "transcripts", "tutorials", "kubelet/runtimes", "behaviour/test_engine", "behaviour/test_three_tiers",
            "behaviour/test_beside_kube_play", "crash")

# Tests on one kind of engine run one after another (`--dist loadgroup`): several Podmans on a machine choose the same networks.
_ENGINES = {"podman": ("podman", "beside_kube_play", "test_case_runs[engines"), "docker": ("docker", "test_engine_tls")}
_ON_ENGINES = ("engines", "kubelet/runtimes", "behaviour", "crash/test_engine", "benchmarks")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that get a second try, and those that one worker runs."""
    root = Path(__file__).parent
    for item in items:
        path = item.path.relative_to(root).as_posix() if item.path.is_relative_to(root) else ""
        if path.startswith(_FOREIGN):
            item.add_marker(pytest.mark.flaky(reruns=1))
        kinds = [kind for kind, words in _ENGINES.items() if any(word in item.nodeid.lower() for word in words)]
        if kinds and path.startswith(_ON_ENGINES):
            item.add_marker(pytest.mark.xdist_group(kinds[0]))
