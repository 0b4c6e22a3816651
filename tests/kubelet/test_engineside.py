"""The kubelets' side that an engine has."""

from types import SimpleNamespace
from typing import Any

import pytest

from minikube_py.kubelet.engineside import EngineSide
from minikube_py.kubelet.jobs import Jobs
from minikube_py.kubelet.runtime import Found, RuntimeFailure
from minikube_py.testing import FakeClock


class Engine:
    """An engine that answers, or fails, as it is told to."""

    def __init__(self) -> None:
        self.answers: list[Any] = []

    def relist(self) -> list[Found]:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        found: list[Found] = answer
        return found


def side(engine: Engine) -> EngineSide:
    client = SimpleNamespace(items=lambda *words, **options: [{"metadata": {"name": "node"}}], find=lambda *words: None)
    context: Any = SimpleNamespace(client=client, client_for=lambda *words: client, state=None, clock=FakeClock(0.0))
    return EngineSide(context, engine, Jobs(None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (RuntimeFailure("Gone", "no engine answers"), "no engine answers"),
        (RuntimeError("cannot schedule new futures after interpreter shutdown"), "cannot schedule new futures after interpreter shutdown"),
        (ValueError(), "ValueError"),
    ],
)
def test_a_look_that_fails_tells_the_nodes_and_the_next_one_is_taken(failure: Exception, why: str) -> None:
    engine = Engine()
    engine.answers = [failure, [Found("u", "default", "web", "node")]]
    tested = side(engine)
    assert list(tested.relist()) == ["node/node"]
    assert tested.down == why
    found: list[str] = []
    while not found:  # the second look is taken in a thread
        found = list(tested.relist())
    assert (found, tested.down) == (["node/node", "gone/u/node"], "")
