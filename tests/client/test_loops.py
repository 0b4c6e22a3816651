"""Which changes wake a loop."""

from typing import Any

from minikube_py.client.loops import Change, Reports


def deployment(revision: int) -> dict[str, Any]:
    """Return a Deployment as it is stored at a revision."""
    return {"metadata": {"name": "web", "namespace": "default", "resourceVersion": str(revision)}}


def test_a_report_does_not_wake_the_loop_that_wrote_it() -> None:
    reports = Reports()
    assert tuple(reports.changed(Change("ADDED", deployment(2), None, 2))) == ("default/web",)
    reports.note(deployment(4))
    assert tuple(reports.changed(Change("MODIFIED", deployment(3), deployment(2), 3))) == ("default/web",)  # somebody else's, before
    assert tuple(reports.changed(Change("MODIFIED", deployment(4), deployment(3), 4))) == ()
    assert tuple(reports.changed(Change("MODIFIED", deployment(5), deployment(4), 5))) == ("default/web",)
    assert tuple(reports.changed(Change("MODIFIED", deployment(4), deployment(3), 4))) == ("default/web",)  # again, after a restart
    assert tuple(reports.changed(Change("DELETED", deployment(5), deployment(5), 6))) == ("default/web",)
