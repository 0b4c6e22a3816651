"""The settle engine with toy loops and a fake clock, on both stores."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minikube_py.cluster import settle, timers
from minikube_py.cluster.timers import Timer, Timers
from minikube_py.machinery import errors
from minikube_py.storage.api import StoreFull
from tests.cluster.toys import START, Clock, Playground, Toy, configmap, open_backend


@pytest.fixture(params=["memory", "sqlite"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Playground]:
    backend = open_backend(request.param, tmp_path)
    yield Playground(backend)
    backend.close()


def test_events_come_in_order_and_once(ground: Playground) -> None:
    ground.make("a", "b")
    ground.set("a", x="1")
    ground.client.delete("configmaps", "b", "default")
    first = ground.toy()
    ground.settle(first)
    assert first.changes == [("ADDED", "a"), ("ADDED", "b"), ("MODIFIED", "a"), ("DELETED", "b")]
    assert first.keys == ["a", "b"]  # each key once
    ground.make("c")
    second = ground.toy()
    ground.settle(second)  # after the checkpoint: no more than what is new
    assert (second.changes, second.keys) == ([("ADDED", "c")], ["c"])


def test_own_writes_come_back_as_events(ground: Playground) -> None:
    def fill(toy: Toy, key: str) -> None:
        if not ground.data(key.removeprefix("default/")).get("seen"):
            ground.set(key.removeprefix("default/"), seen="yes")

    ground.make("a")
    toy = ground.toy(act=fill)
    ground.settle(toy)
    assert (toy.keys, ground.data("a")) == (["a", "a"], {"seen": "yes"})


def test_quiet_is_exact(ground: Playground) -> None:
    def quiet() -> bool:
        return timers.is_quiet(ground.backend, ground.clock.now())

    assert not quiet()
    toy = ground.toy(act=lambda toy, key: 60.0)
    ground.settle(toy)
    assert quiet()  # even an empty store
    ground.make("a")
    assert not quiet()
    ground.settle(toy)
    assert quiet()
    ground.base.instant += 59
    assert quiet()
    ground.base.instant += 1
    assert not quiet()
    ground.settle(toy)
    assert quiet() and toy.keys == ["a", "a"]
    ground.backend.state_put(timers.QUEUE, b'{"toy": ["default/a"]}')
    assert not quiet()


def test_timers_fire_in_order_each_at_its_own_instant(ground: Playground) -> None:
    delays = {"a": [30.0, 50.0], "b": [10.0, 10.0, 10.0], "c": [25.0]}

    def act(toy: Toy, key: str) -> float | None:
        left = delays[key.removeprefix("default/")]
        return left.pop(0) if left else None

    ground.make("a", "b", "c")
    ground.settle(ground.toy(act=act))
    ground.base.instant += 3600
    toy = ground.toy(act=act)
    ground.settle(toy)
    assert toy.done == [("b", 10.0), ("b", 20.0), ("c", 25.0), ("a", 30.0), ("b", 30.0), ("a", 80.0)] or toy.done == [
        ("b", 10.0), ("b", 20.0), ("c", 25.0), ("b", 30.0), ("a", 30.0), ("a", 80.0)]  # fmt: skip
    assert Timers(ground.backend).first() is None
    assert ground.clock.now() == START + 3600


def test_a_later_return_replaces_or_clears_a_timer(ground: Playground) -> None:
    answers: list[float | None] = [100.0, 20.0, None]
    toy = ground.toy(act=lambda toy, key: answers.pop(0))
    ground.make("a")
    for expected in (START + 100, START + 20, None):
        ground.settle(toy)
        assert Timers(ground.backend).first() == expected
        ground.set("a", number=str(len(answers)))
    assert ground.backend.state_range("timer/") == ground.backend.state_range("due/") == []


def test_what_a_timer_does_is_seen_by_others_at_that_instant(ground: Playground) -> None:
    def act(toy: Toy, key: str) -> float | None:
        if key == "default/a" and not toy.clock.now() > START:
            return 10.0
        if key == "default/a" and ground.client.find("configmaps", "b", "default") is None:
            ground.make("b")
        return None

    ground.make("a")
    ground.settle(ground.toy("one", act), ground.toy("two"))
    ground.base.instant += 1000
    other = ground.toy("two")
    ground.settle(ground.toy("one", act), other)
    assert other.done == [("b", 10.0)]
    assert ground.client.get("configmaps", "b", "default")["metadata"]["creationTimestamp"] == "2026-01-01T00:00:10Z"


def test_catching_up_is_bounded(ground: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "_MOST_INSTANTS", 5)
    ground.make("a")
    ground.settle(ground.toy(act=lambda toy, key: 60.0))
    ground.base.instant += 86400
    toy = ground.toy(act=lambda toy, key: 60.0)
    ground.settle(toy)
    assert [at for _, at in toy.done] == [60.0, 120.0, 180.0, 240.0, 300.0, 86400.0]
    assert Timers(ground.backend).first() == START + 86460


def _fails(error: BaseException) -> Any:
    def act(toy: Toy, key: str) -> None:
        raise error

    return act


@pytest.mark.parametrize("error", [errors.Conflict("configmaps", "a"), RuntimeError("oops"), SystemExit(1), errors.BadRequest("no")])
def test_failures_are_tried_again_with_back_off(ground: Playground, error: BaseException) -> None:
    ground.make("a")
    toy, other = ground.toy("bad", _fails(error)), ground.toy("good")
    ground.settle(toy, other)
    assert (toy.keys, other.keys) == (["a"] * 4, ["a"])  # one mistake stops nobody else
    assert bool(ground.reports) != isinstance(error, errors.Conflict)
    ground.base.instant += 3600
    again = ground.toy("bad", _fails(error))
    ground.settle(again)
    assert [at for _, at in again.done] == [1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 127.0, 255.0, 511.0, 1023.0, 2023.0, 3023.0]


def test_a_success_ends_the_back_off(ground: Playground) -> None:
    broken = [True]

    def act(toy: Toy, key: str) -> None:
        if broken[0]:
            raise errors.Conflict("configmaps", "a")

    ground.make("a")
    ground.settle(ground.toy(act=act))
    broken[0] = False
    ground.base.instant += 1
    ground.settle(ground.toy(act=act))
    assert Timers(ground.backend).first() is None
    broken[0] = True
    toy = ground.toy(act=act)
    ground.set("a", x="1")
    ground.settle(toy)
    assert len(toy.done) == 4


@pytest.mark.parametrize("nonsense", ["soon", -1.0, float("nan"), float("inf"), [1]])
def test_loops_that_return_nonsense(ground: Playground, nonsense: Any) -> None:
    ground.make("a")
    toy = ground.toy(act=lambda toy, key: nonsense)
    ground.settle(toy)
    assert len(toy.done) == 4 and ground.reports


@pytest.mark.parametrize("handler", [lambda change: None, lambda change: [5], lambda change: 1 / 0])
def test_handlers_that_misbehave(ground: Playground, handler: Any) -> None:
    ground.make("a")
    other = ground.toy("good")
    ground.settle(ground.toy("bad", watch={"configmaps": handler}), other)
    assert other.keys == ["a"]
    assert ground.reports[0].startswith("bad: cannot handle a change of /registry/configmaps/default/a: ")


def test_orders_that_lose_keys(ground: Playground) -> None:
    class Wild(Toy):
        def order(self, keys: list[str]) -> list[str]:
            return keys[1:]

    toy = ground.toy()
    toy.__class__ = Wild
    ground.make("a", "b")
    ground.settle(toy)
    assert toy.keys == ["a", "b"] and "lost keys" in ground.reports[0]


def test_flushes_that_fail(ground: Playground) -> None:
    class Bad(Toy):
        def flush(self) -> None:
            raise RuntimeError("oops")

    toy = ground.toy()
    toy.__class__ = Bad
    ground.make("a")
    ground.settle(toy)
    assert ground.reports == ["toy: cannot put down its state: oops"]
    assert timers.is_quiet(ground.backend, ground.clock.now())


def test_loops_that_fight_end(ground: Playground) -> None:
    def say(word: str) -> Any:
        def act(toy: Toy, key: str) -> None:
            if ground.data("a").get("word") != word:
                ground.set("a", word=word)

        return act

    ground.make("a")
    ground.settle(ground.toy("one", say("yes")), ground.toy("two", say("no")))
    assert ground.backend.revision() < 500
    assert Timers(ground.backend).first() == START + 1
    before = ground.backend.revision()
    ground.base.instant += 3600
    ground.settle(ground.toy("one", say("yes")), ground.toy("two", say("no")))
    assert ground.backend.revision() - before < 500  # with less and less patience
    due = Timers(ground.backend).first()
    assert due is not None and due > ground.clock.now()


def test_ever_new_work_ends(ground: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "_MOST_RECONCILES", 50)

    def more(toy: Toy, key: str) -> None:
        ground.make(f"x{len(toy.done)}")

    ground.make("a")
    toy = ground.toy(act=more)
    ground.settle(toy)
    assert len(toy.done) == 50 and "do not come to rest" in ground.reports[0]
    assert not timers.is_quiet(ground.backend, ground.clock.now())
    rest = ground.toy()
    ground.settle(rest)
    assert rest.keys == ["x50"]


def test_a_new_loop_is_shown_what_is_there(ground: Playground) -> None:
    ground.make("a", "b")
    ground.client.delete("configmaps", "b", "default")
    ground.settle(ground.toy("one"))
    ground.make("c")
    one, two = ground.toy("one"), ground.toy("two")
    ground.settle(one, two)
    assert (one.changes, two.changes) == ([("ADDED", "c")], [("ADDED", "a"), ("ADDED", "c")])
    ground.settle(ground.toy("one"))
    ground.set("a", x="1")
    ground.settle(ground.toy("one"))  # two is left out, and then comes back
    back = ground.toy("two")
    ground.settle(ground.toy("one"), back)
    assert back.changes == [("ADDED", "a"), ("ADDED", "c")]


def test_a_loop_that_watches_more_is_shown_that(ground: Playground) -> None:
    ground.make("a")
    ground.client.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "default"}})
    ground.settle(ground.toy())
    seen: list[str] = []
    more = {"configmaps": lambda change: seen.append("configmap") or (), "secrets": lambda change: seen.append("secret") or ()}  # type: ignore[func-returns-value]
    ground.settle(ground.toy(watch=more))
    assert seen == ["secret"]


def test_timers_and_keys_of_a_loop_that_is_left_out_are_dropped(ground: Playground) -> None:
    ground.make("a")
    ground.settle(ground.toy("one", lambda toy, key: 10.0))
    ground.base.instant += 20
    ground.settle(ground.toy("two"))
    assert Timers(ground.backend).first() is None


def test_unknown_resources(ground: Playground) -> None:
    with pytest.raises(errors.KctlError, match='^the controller "toy" watches "shelves", which no one serves$'):
        ground.engine(ground.toy(watch={"shelves": lambda change: ()}))


def test_history_that_nobody_has_any_more(ground: Playground) -> None:
    ground.make("a", "b")
    ground.settle(ground.toy())
    ground.set("b", x="1")
    ground.make("c")
    ground.backend.compact(ground.backend.revision())
    toy = ground.toy()
    ground.settle(toy)
    assert toy.changes == [("ADDED", "a"), ("ADDED", "b"), ("ADDED", "c")]
    assert timers.is_quiet(ground.backend, ground.clock.now())


def test_the_end_is_told_once(ground: Playground) -> None:
    ground.make("a")
    ground.settle(ground.toy())
    assert ground.finished == [ground.backend.revision()]


def test_work_is_cut_into_slices(ground: Playground) -> None:
    def others_write(pause: float) -> None:
        ground.pauses.append(pause)
        if len(ground.pauses) == 1:
            ground.base.step = 0.0
            ground.make("other")

    ground.make(*"abcdef")
    ground.base.step = 0.2  # each look at the clock
    toy = ground.toy()
    engine = ground.engine(toy)
    engine._pause = others_write
    engine.settle()
    assert sorted(toy.keys) == [*"abcdef", "other"] and len(toy.keys) == 7
    assert ground.pauses == [settle._PAUSE]


def test_a_full_disk_is_nobodys_mistake(ground: Playground) -> None:
    ground.make("a")
    before = ground.backend.state_range("")
    with pytest.raises(StoreFull):
        ground.settle(ground.toy(act=_fails(StoreFull("full"))))
    assert ground.backend.state_range("") == before and not ground.reports


class _Killed(BaseException):
    """As a kill: nobody handles it."""


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@pytest.mark.parametrize("error", [_Killed, KeyboardInterrupt])
def test_a_kill_at_any_write_loses_nothing(kind: str, error: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each config map gets a copy, and a mark ten seconds later; wherever a process ends, the next one comes to the same."""

    def act(toy: Toy, key: str) -> float | None:
        name = key.removeprefix("default/")
        client = toy.client
        if name.startswith("copy"):
            return None
        if client.find("configmaps", f"copy-{name}", "default") is None:
            client.create(configmap(f"copy-{name}"))
            return 10.0
        if toy.clock.now() < START + 10:
            return START + 10 - toy.clock.now()
        client.patch("configmaps", f"copy-{name}", "default", {"data": {"ripe": "yes"}})
        return None

    def outcome(ground: Playground) -> list[tuple[str, str]]:
        return [(item["metadata"]["name"], (item.get("data") or {}).get("ripe", "")) for item in ground.client.items("configmaps")]

    point, over = 0, False
    while not over:
        folder = tmp_path / str(point)
        folder.mkdir()
        clock = Clock()
        ground = Playground(open_backend(kind, folder), clock)
        ground.make("a", "b")
        left = [point]

        original = type(ground.backend).txn

        def txn(*arguments: Any, real: Any = original, left: list[int] = left) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise error
            return real(*arguments)

        monkeypatch.setattr(type(ground.backend), "txn", txn)
        try:
            ground.settle(ground.toy(act=act))
            clock.instant += 60
            ground.settle(ground.toy(act=act))
            over = True
        except error:
            pass
        monkeypatch.undo()
        if kind == "sqlite":
            ground.backend.close()
            ground = Playground(open_backend(kind, folder), clock)
        clock.instant = START + 60
        ground.settle(ground.toy(act=act))
        clock.instant += 60
        ground.settle(ground.toy(act=act))
        assert outcome(ground) == [("a", ""), ("b", ""), ("copy-a", "yes"), ("copy-b", "yes")], point
        assert ground.backend.verify() == []
        ground.backend.close()
        point += 1
    assert point == 5  # four writes, each of which was the last one once


def test_keys_that_wait_survive_a_kill_between_slices(tmp_path: Path) -> None:
    ground = Playground(open_backend("sqlite", tmp_path))
    ground.make(*"abcd")
    ground.base.step = 0.3
    engine = ground.engine(ground.toy())

    def die(pause: float) -> None:
        raise _Killed

    engine._pause = die
    with pytest.raises(_Killed):
        engine.settle()
    left = json.loads(ground.backend.state_get(timers.QUEUE) or b"{}")["toy"]
    assert 0 < len(left) < 4
    ground.backend.close()
    again = Playground(open_backend("sqlite", tmp_path))
    toy = again.toy()
    again.settle(toy)
    assert toy.keys == [key.removeprefix("default/") for key in left]
    assert again.backend.state_get(timers.QUEUE) is None
    again.backend.close()


def test_an_engine_notices_that_others_have_settled(tmp_path: Path) -> None:
    one, two = Playground(open_backend("sqlite", tmp_path)), Playground(open_backend("sqlite", tmp_path))
    engine = one.engine(one.toy())
    engine.settle()
    assert engine.is_current()
    two.make("a")
    assert engine.is_current()  # nobody has seen it yet
    two.settle(two.toy())
    assert not engine.is_current()
    one.backend.close()
    two.backend.close()


def test_others_get_their_writes_in_between(tmp_path: Path) -> None:
    ground = Playground(open_backend("sqlite", tmp_path))
    ground.make("a")
    wrote, waits = threading.Event(), threading.Event()

    def write() -> None:
        other = Playground(open_backend("sqlite", tmp_path))
        waits.set()
        other.make("other")
        other.backend.close()
        wrote.set()

    thread = threading.Thread(target=write)

    def act(toy: Toy, key: str) -> float | None:
        if key == "default/a" and not thread.ident:
            thread.start()
            waits.wait(10)
            ground.base.step = 1.0  # the slice is over
        return None

    def pause(seconds: float) -> None:
        ground.base.step = 0.0
        assert wrote.wait(10)

    toy = ground.toy(act=act)
    engine = ground.engine(toy)
    engine._pause = pause
    engine.settle()
    thread.join()
    assert toy.keys == ["a", "other"]
    ground.backend.close()


def test_one_timer_a_key(ground: Playground) -> None:
    found = Timers(ground.backend)
    found.set(Timer(5.0, "one", "a/b", 0))
    found.set(Timer(3.0, "one", "a/b", 2))
    found.set(Timer(4.0, "two", "a/b", 0))
    assert found.first() == 3.0
    assert found.take(3.5) == [Timer(3.0, "one", "a/b", 2)]
    found.clear("two", "a/b")
    found.clear("two", "none")
    assert found.first() is None and found.take(100.0) == []


def test_where_nothing_has_changed_nothing_is_written(ground: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.make("a")
    toy, written = ground.toy(), []
    ground.settle(toy)
    put = type(ground.backend).state_put

    def note(backend: Any, key: str, value: bytes) -> None:
        written.append(key)
        put(backend, key, value)

    monkeypatch.setattr(type(ground.backend), "state_put", note)
    ground.settle(toy)
    assert written == []
    ground.make("b")
    ground.settle(toy)
    assert written == [settle.REVISION]
