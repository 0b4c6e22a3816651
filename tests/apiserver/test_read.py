"""get, list and watch: pages, selectors, resource versions, Tables, the order of events."""

import base64
from typing import Any

import pytest

from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from tests.apiserver.world import World, configmap, obj, pod


def _names(listing: Object) -> list[str]:
    return [item["metadata"]["name"] for item in listing["items"]]


@pytest.fixture
def six(world: World) -> World:
    for number, name in enumerate("abcdef"):
        world.client().create(obj("ConfigMap", name, labels={"parity": "even" if number % 2 == 0 else "odd"}))
    return world


def _pages(world: World, **options: Any) -> list[tuple[list[str], int]]:
    found, token = [], ""
    while True:
        listing = world.client().list("configmaps", "default", continue_=token, **options)
        found.append((_names(listing), listing["metadata"].get("remainingItemCount", 0)))
        token = listing["metadata"].get("continue", "")
        if not token:
            return found


def test_pages(six: World) -> None:
    assert _pages(six, limit=2) == [(["a", "b"], 4), (["c", "d"], 2), (["e", "f"], 0)]
    assert _pages(six, limit=4) == [(["a", "b", "c", "d"], 2), (["e", "f"], 0)]
    assert _pages(six, limit=6) == _pages(six) == [(list("abcdef"), 0)]


def test_a_limit_counts_what_is_selected(six: World) -> None:
    assert _pages(six, limit=1, label_selector="parity=even") == [(["a"], 0), (["c"], 0), (["e"], 0), ([], 0)]
    assert _pages(six, limit=2, label_selector="parity=odd") == [(["b", "d"], 0), (["f"], 0)]
    assert _pages(six, limit=5, label_selector="parity=none") == [([], 0)]


def test_pages_are_of_one_revision(six: World) -> None:
    first = six.client().list("configmaps", "default", limit=3)
    six.client().delete("configmaps", "d", "default")
    six.client().create(configmap("da"))
    rest = six.client().list("configmaps", "default", continue_=first["metadata"]["continue"])
    assert _names(rest) == ["d", "e", "f"]
    assert rest["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


def test_a_token_of_forgotten_history_can_be_exchanged(six: World) -> None:
    first = six.client().list("configmaps", "default", limit=3)
    six.client().delete("configmaps", "d", "default")
    six.backend.compact(six.backend.revision())
    with pytest.raises(errors.Expired) as refused:
        six.client().list("configmaps", "default", continue_=first["metadata"]["continue"])
    status = refused.value.status()
    assert (status["code"], status["reason"]) == (410, "Expired")
    assert status["message"].startswith("The provided continue parameter is too old to display a consistent list result.")
    assert _names(six.client().list("configmaps", "default", continue_=status["metadata"]["continue"])) == ["e", "f"]
    with pytest.raises(errors.Expired, match="^The resourceVersion for the provided list is too old.$"):
        six.client().list("configmaps", "default", resource_version="3", resource_version_match="Exact")


@pytest.mark.parametrize(("content", "cause"), [
    ("", ": illegal base64 data at input byte 0"),
    ("{", ": unexpected end of JSON input"),
    ("{}}", ": invalid character '}' after top-level value"),
    ("rubbish", ": invalid character 'r' looking for beginning of value"),
    ("[]", ": server does not recognize this encoded version "),
    ('{"v":"meta.k8s.io/v2","rv":1,"start":"a"}', ": server does not recognize this encoded version meta.k8s.io/v2"),
    ('{"v":"meta.k8s.io/v1","rv":0,"start":"a"}', ": incorrect encoded start resourceVersion (version meta.k8s.io/v1)"),
    ('{"v":"meta.k8s.io/v1","rv":"1","start":"a"}', ": incorrect encoded start resourceVersion (version meta.k8s.io/v1)"),
    ('{"v":"meta.k8s.io/v1","rv":1,"start":""}', ": encoded start key empty (version meta.k8s.io/v1)"),
    ('{"v":"meta.k8s.io/v1","rv":1,"start":"../a"}', ": ../a"),
    ('{"v":"meta.k8s.io/v1","rv":1,"start":"a//b"}', ": a//b"),
])  # fmt: skip
def test_tokens_that_are_none(six: World, content: str, cause: str) -> None:
    token = base64.urlsafe_b64encode(content.encode()).decode().rstrip("=") or "A"
    with pytest.raises(errors.BadRequest) as refused:
        six.client().list("configmaps", "default", continue_=token, resource_version="5")
    assert refused.value.message == f"invalid continue token: continue key is not valid{cause}"


def test_pages_from_a_resource_version_on_are_exact(six: World) -> None:
    then = str(six.backend.revision() - 2)
    page = six.client().list("configmaps", "default", resource_version=then, limit=3)
    assert (_names(page), page["metadata"]["resourceVersion"], page["metadata"]["remainingItemCount"]) == (list("abc"), then, 1)
    assert _names(six.client().list("configmaps", "default", resource_version="0", limit=6)) == list("abcdef")


def test_resource_versions(six: World) -> None:
    then, now = str(six.backend.revision() - 2), str(six.backend.revision())
    assert _names(six.client().list("configmaps", "default", resource_version=then, resource_version_match="Exact")) == list("abcd")
    assert _names(six.client().list("configmaps", "default", resource_version=then)) == list("abcdef")
    assert _names(six.client().list("configmaps", "default", resource_version=now, resource_version_match="NotOlderThan")) == list("abcdef")
    client, later = six.client(), {"resource_version": "99999"}
    for call in (lambda: client.list("configmaps", **later), lambda: client.get("configmaps", "a", "default", **later),
                 lambda: client.watch("configmaps", **later)):  # fmt: skip
        with pytest.raises(errors.Timeout) as refused:
            call()
        assert refused.value.message == f"Too large resource version: 99999, current: {now}"
        assert refused.value.details["causes"] == [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    with pytest.raises(errors.BadRequest) as wrong:
        six.client().list("configmaps", resource_version="abc")
    assert wrong.value.message == ('invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax')


@pytest.mark.parametrize(("options", "message"), [
    ({"resource_version_match": "Exact"}, "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"),
    ({"resource_version_match": "Exact", "resource_version": "0"},
     'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
    ({"resource_version_match": "Some", "resource_version": "1"},
     'resourceVersionMatch: Unsupported value: "Some": supported values: "Exact", "NotOlderThan", ""'),
])  # fmt: skip
def test_options_that_make_no_sense(six: World, options: dict[str, str], message: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        six.client().list("configmaps", "default", **options)
    assert refused.value.message == f'ListOptions.meta.k8s.io "" is invalid: {message}'
    token = six.client().list("configmaps", "default", limit=1)["metadata"]["continue"]
    with pytest.raises(errors.BadRequest, match="^specifying resource version is not allowed when using continue$"):
        six.client().list("configmaps", "default", continue_=token, resource_version="5")


@pytest.mark.parametrize(("kind", "selector", "message"), [
    ("pods", "spec.image=a", "field label not supported: spec.image"),
    ("configmaps", "data=a", '"data" is not a known field selector: only "metadata.name", "metadata.namespace"'),
    ("pods", "spec.nodeName", "invalid selector: 'spec.nodeName'; can't understand 'spec.nodeName'"),
])  # fmt: skip
def test_field_selectors_that_are_none(world: World, kind: str, selector: str, message: str) -> None:
    for ask in (world.client().list, world.client().watch):
        with pytest.raises(errors.BadRequest) as refused:
            ask(kind, "default", field_selector=selector)
        assert refused.value.message == message


def test_selectors(six: World) -> None:
    assert _names(six.client().list("configmaps", "default", field_selector="metadata.name!=a,metadata.name!=b")) == list("cdef")
    assert _names(six.client().list("configmaps", "", field_selector="metadata.name=c")) == ["c"]
    assert _names(six.client().list("configmaps", "default", field_selector="metadata.name=c", label_selector="parity=odd")) == []
    assert _names(six.client().list("configmaps", "default", label_selector="parity in (odd)")) == ["b", "d", "f"]
    with pytest.raises(errors.BadRequest):
        six.client().list("configmaps", "default", label_selector="a=b=c")


def test_indexes_and_selectors_agree(world: World) -> None:
    for number in range(6):
        labels = {"app": "ab"[number % 2], "x": str(number)}
        world.client().create(pod(f"p{number}", node=f"n{number % 3}", labels=labels))
    for selector in ("app=a", "app=a,x=2", "x!=1,app=b", "app"):
        expected = [item["metadata"]["name"] for item in world.client().items("pods") if _matches(selector, item["metadata"]["labels"])]
        for limit in (0, 1, 2, 3, 500):
            found = world.client().items("pods", "default", label_selector=selector, limit=limit)
            assert [item["metadata"]["name"] for item in found] == expected
        first = world.client().list("pods", "default", label_selector=selector, limit=2)
        assert (len(first["items"]), "continue" in first["metadata"]) == (min(2, len(expected)), len(expected) > 2)
    assert _names(world.client().list("pods", "default", field_selector="spec.nodeName=n1", label_selector="app=a")) == ["p4"]


def _matches(selector: str, labels: dict[str, str]) -> bool:
    from minikube_py.machinery import selectors

    return selectors.parse(selector).matches(labels)


def test_tables(six: World) -> None:
    table = six.client().list("configmaps", "default", table="Metadata", limit=1)
    assert (table["kind"], [column["name"] for column in table["columnDefinitions"]]) == ("Table", ["Name", "Data", "Age"])
    assert [row["cells"][:2] for row in table["rows"]] == [["a", 0]]
    assert table["metadata"]["remainingItemCount"] == 5
    one = six.client().get("configmaps", "a", "default", table="Metadata")
    assert [row["cells"][0] for row in one["rows"]] == ["a"]


def _events(world: World, **options: Any) -> list[tuple[str, str, str]]:
    found = []
    for event in world.client().watch("configmaps", "default", timeout_seconds=0.000001, **options):
        found.append((event.type, event.object["metadata"]["name"], event.object["metadata"]["resourceVersion"]))
        world.clock.instant += 1
    return found


def test_watches_tell_each_change_in_order(world: World) -> None:
    start = world.backend.revision()
    world.client().create(obj("ConfigMap", "a", labels={"x": "1"}))
    world.client().create(obj("ConfigMap", "b"))
    world.client().create(obj("Secret", "s"))
    world.client().update(obj("ConfigMap", "b", labels={"x": "1"}))
    world.client().update(obj("ConfigMap", "a", labels={"x": "2"}))
    world.client().delete("configmaps", "b", "default")
    world.clock.instant += 1

    def at(*offsets: int) -> list[str]:
        return [str(start + offset) for offset in offsets]

    def watched(**options: Any) -> list[tuple[str, str, str]]:
        events = []
        stream = world.client().watch("configmaps", "default", resource_version=str(start), timeout_seconds=1, **options)
        for event in stream:
            events.append((event.type, event.object["metadata"]["name"], event.object["metadata"]["resourceVersion"]))
            world.clock.instant += 2
        return events

    one, two, four, five, six = at(1, 2, 4, 5, 6)
    assert watched() == [("ADDED", "a", one), ("ADDED", "b", two), ("MODIFIED", "b", four), ("MODIFIED", "a", five), ("DELETED", "b", six)]
    assert watched(label_selector="x=1") == [("ADDED", "a", one), ("ADDED", "b", four), ("DELETED", "a", five), ("DELETED", "b", six)]
    assert watched(field_selector="metadata.name=b") == [("ADDED", "b", two), ("MODIFIED", "b", four), ("DELETED", "b", six)]


def test_what_ceases_to_match_is_shown_as_it_was(world: World) -> None:
    start = str(world.client().create(obj("ConfigMap", "a", labels={"x": "1"}))["metadata"]["resourceVersion"])
    world.client().update(obj("ConfigMap", "a", labels={"x": "2"}))
    stream = world.client().watch("configmaps", "default", resource_version=start, label_selector="x=1", timeout_seconds=1)
    event = next(stream)
    assert (event.type, event.object["metadata"]["labels"]) == ("DELETED", {"x": "1"})


def test_a_watch_without_revision_begins_with_what_is_there(six: World) -> None:
    assert [event[:2] for event in _events(six, label_selector="parity=odd")] == [("ADDED", "b"), ("ADDED", "d"), ("ADDED", "f")]


def test_watches_of_forgotten_history(six: World) -> None:
    six.backend.compact(six.backend.revision() - 1)
    with pytest.raises(errors.Expired, match=r"^too old resource version: 2 \(\d+\)$"):
        six.client().watch("configmaps", resource_version="2")
    with pytest.raises(errors.Invalid, match="resourceVersionMatch is forbidden for watch"):
        six.client().watch("configmaps", resource_version="2", resource_version_match="NotOlderThan")


def test_a_watch_of_quiet_objects_outlives_compaction(world: World) -> None:
    start = world.backend.revision()
    world.client().create(obj("Secret", "s"))
    stream = world.client().watch("configmaps", "default", resource_version=str(start), timeout_seconds=5)
    waits: list[int] = []

    def wait(after: int, timeout: float) -> bool:
        waits.append(after)
        if len(waits) == 1:
            world.backend.compact(world.backend.revision())
            world.client().create(configmap("late"))
        world.clock.instant += 3
        return True

    world.backend.wait = wait  # type: ignore[method-assign]
    assert [(event.type, event.object["metadata"]["name"]) for event in stream] == [("ADDED", "late")]
    assert waits[0] == start + 1
