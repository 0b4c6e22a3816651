"""All tests may use the fixtures that authors of plugins get: kctl, kctl_cluster, kctl_clock."""

from pathlib import Path

import pytest

pytest_plugins = ["minikube_py.testing"]

# Tests of programs that are not ours (kubectl, container engines, client libraries), and of many processes at once, which share a machine's cores with
# all other tests: one that fails gets a second try, and the summary counts those as rerun. All else has to hold the first time.
_FOREIGN = ("conformance", "engines", "transcripts", "tutorials", "kubelet/runtimes", "behaviour/test_engine", "behaviour/test_three_tiers", "crash")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that get a second try."""
    root = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(root) and item.path.relative_to(root).as_posix().startswith(_FOREIGN):
            item.add_marker(pytest.mark.flaky(reruns=1))
