"""The audit log of exec, attach and port-forward: when they begin, when they end, and when they never came to be."""

import asyncio
from pathlib import Path

import pytest

from minikube_py.apiserver.http.streaming import telling
from minikube_py.machinery import errors
from tests.apiserver.http.streaming import pods
from tests.apiserver.http.streaming.pods import POD
from tests.apiserver.http.test_auditing import COMPLETE, RECEIVED, STARTED, Log
from tests.apiserver.http.world import Site

ADMIN = {"Authorization": "Bearer admin"}
EXEC = f"{POD}/exec?container=web&stdin=true&stdout=true&command=cat"


def test_a_session_is_complete_when_it_ends(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        log = Log(site)
        for path, protocol in ((EXEC, "v5.channel.k8s.io"), (f"{POD}/attach?stdin=true&stdout=true", "v5.channel.k8s.io"),
                               (f"{POD}/portforward", "SPDY/3.1+portforward.k8s.io")):  # fmt: skip
            async with site.session.ws_connect(path, protocols=(protocol,), headers=ADMIN):
                assert await log.until(2) == [(RECEIVED, "admin", "get", path, None), (STARTED, "admin", "get", path, 101)]
                await site.ask("GET", "/version")
                assert len(log.take()) == 2  # and the session goes on
            assert await log.until(1) == [(COMPLETE, "admin", "get", path, 101)]

    pods.play(scene, tmp_path)


def test_over_spdy(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        log, path = Log(site), f"{POD}/portforward"
        headers = {**ADMIN, "Connection": "Upgrade", "Upgrade": "SPDY/3.1", "X-Stream-Protocol-Version": "portforward.k8s.io"}
        response = await site.session.post(path, headers=headers)
        assert response.status == 101
        assert [row[0] for row in await log.until(2)] == [RECEIVED, STARTED]
        response.close()
        assert await log.until(1) == [(COMPLETE, "admin", "create", path, 101)]

    pods.play(scene, tmp_path)


def test_what_never_begins_has_no_beginning(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        log = Log(site)
        for path, user, code in ((EXEC, "admin", 400), (f"{POD}/exec?command=x&container=no", "admin", 400), (EXEC, "jane", 403)):
            assert (await site.ask("GET", path, user=user)).code == code
            assert await log.until(2) == [(RECEIVED, user, "get", path, None), (COMPLETE, user, "get", path, code)]

    pods.play(scene, tmp_path)


def test_who_goes_before_the_answer_is_told_too() -> None:
    told: list[object] = []

    class Record:
        def began(self, code: int) -> None:
            told.append(("began", code))

        def ended(self, code: int) -> None:
            told.append(("ended", code))

        def failed(self, error: Exception) -> None:
            told.append(("failed", str(error)))

    def session(error: BaseException, *codes: int) -> None:
        with pytest.raises(type(error)), telling.Told(Record(), lambda work: work()) as one:  # type: ignore[arg-type]
            for code in codes:
                one.begun(code)
            raise error

    session(asyncio.CancelledError())
    session(errors.BadRequest("no"))
    session(errors.BadRequest("late"), 200)
    session(ConnectionResetError(), 101)
    assert told == [("ended", 499), ("failed", "no"), ("began", 200), ("ended", 200), ("began", 101), ("ended", 101)]
