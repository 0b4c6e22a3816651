"""--profile: files that `go tool pprof` can read. They are taken apart here as profile.proto says."""

import gzip
from pathlib import Path

import pytest

from minikube_py.cli import pprof, profiles
from minikube_py.cli.pprof import Frame, Kind
from minikube_py.testing import Kctl

Fields = dict[int, list[int | bytes]]


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 0x80:
            return value, at


def fields(data: bytes) -> Fields:
    """Return what a message of protobuf holds, by the fields' numbers."""
    found: Fields = {}
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        value, at = varint(data, at)
        if key & 7 == 2:
            found.setdefault(key >> 3, []).append(data[at : at + value])
            at += value
        else:
            found.setdefault(key >> 3, []).append(value)
    return found


def inner(message: Fields, number: int) -> list[Fields]:
    return [fields(each) for each in message.get(number, []) if isinstance(each, bytes)]


def numbers(packed: int | bytes) -> list[int]:
    assert isinstance(packed, bytes)
    found, at = [], 0
    while at < len(packed):
        value, at = varint(packed, at)
        found.append(value)
    return found


def kinds(profile: Fields) -> list[tuple[str, str]]:
    texts = [text.decode() for text in profile[6] if isinstance(text, bytes)]
    return [(texts[int(kind[1][0])], texts[int(kind[2][0])]) for kind in inner(profile, 1)]


def stacks(profile: Fields) -> dict[tuple[tuple[str, str, int], ...], list[int]]:
    """Return each stack of a profile, as (function, file, line), with its values."""
    texts = [text.decode() for text in profile[6] if isinstance(text, bytes)]
    functions = {one[1][0]: (texts[int(one.get(2, [0])[0])], texts[int(one[4][0])]) for one in inner(profile, 5)}
    places = {}
    for one in inner(profile, 4):
        line = inner(one, 4)[0]
        places[one[1][0]] = (*functions[line[1][0]], int(line[2][0]))
    return {tuple(places[number] for number in numbers(one[1][0])): numbers(one[2][0]) for one in inner(profile, 2)}


def test_what_is_written_can_be_read() -> None:
    low, high = Frame("run", "a.py", 3), Frame("main", "a.py", 300)
    samples = {(low, high): (2, 20_000_000), (high,): (1, 0)}
    data = pprof.encode([Kind("samples", "count"), Kind("cpu", "nanoseconds")], samples, period=7, nanoseconds=9, began=8)
    profile = fields(gzip.decompress(data))
    assert kinds(profile) == [("samples", "count"), ("cpu", "nanoseconds")]
    assert stacks(profile) == {(("run", "a.py", 3), ("main", "a.py", 300)): [2, 20_000_000], (("main", "a.py", 300),): [1, 0]}
    assert (profile[9], profile[10], profile[12]) == ([8], [9], [7])


def test_processor_time_is_where_it_was_spent(tmp_path: Path) -> None:
    with profiles.started("cpu", str(tmp_path / "out")):
        spend(4_000_000)
    found = stacks(fields(gzip.decompress((tmp_path / "out").read_bytes())))
    assert any(place[0] == "spend" for stack in found for place in stack)


def spend(count: int) -> int:
    return sum(number * number for number in range(count))


def test_memory_is_where_it_was_asked_for(tmp_path: Path) -> None:
    with profiles.started("heap", str(tmp_path / "out")):
        kept = bytearray(3_000_000)
    profile = fields(gzip.decompress((tmp_path / "out").read_bytes()))
    assert kinds(profile) == [("inuse_objects", "count"), ("inuse_space", "bytes")]
    assert any(place[1] == __file__ and values[1] >= len(kept) for stack, values in stacks(profile).items() for place in stack)


@pytest.mark.parametrize("name", ["cpu", "heap", "goroutine", "threadcreate", "block", "mutex"])
def test_every_profile_of_a_command(kctl: Kctl, tmp_path: Path, name: str) -> None:
    assert kctl(f"get namespaces default -o name --profile={name} --profile-output={tmp_path}/out") == "namespace/default\n"
    found = stacks(fields(gzip.decompress((tmp_path / "out").read_bytes())))
    assert bool(found) == (name in ("heap", "goroutine", "threadcreate")) or name == "cpu"


def test_what_cannot_be_measured(kctl: Kctl, tmp_path: Path) -> None:
    assert kctl.result("get namespaces --profile=x") == (1, "", "error: unknown profile 'x'\n")
    nowhere = f"{tmp_path}/nowhere/out"
    problem = f"error: open {nowhere}: no such file or directory\n"
    assert kctl.result(f"get namespace default -o name --profile=heap --profile-output={nowhere}") == (1, "namespace/default\n", problem)
    assert kctl.result(f"get namespace default -o name --profile=cpu --profile-output={nowhere}") == (1, "", problem)


def test_a_command_that_fails_writes_no_memory(kctl: Kctl, tmp_path: Path) -> None:
    assert kctl.result(f"get nonsense --profile=heap --profile-output={tmp_path}/out").code == 1
    assert not (tmp_path / "out").exists()
