"""Discovery, whatever form a server has it in, and what is kept of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import diskcache
import pytest

from minikube_py.apiserver import discovery
from minikube_py.client import remotediscovery
from minikube_py.client.discoverycache import Cache
from minikube_py.client.remotescheme import RemoteScheme
from minikube_py.machinery import errors, scheme
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.scheme import Resource, Scheme

WIDGET = Resource("example.com", "v1", "widgets", "Widget", "widget", True, ("wg",), ("all",), ("get", "list"), {})


class Document(NamedTuple):
    """An answer."""

    data: bytes
    content_type: str = "application/json"


class Server:
    """Answers as kube-apiserver does; `version` of aggregated discovery, or none of it."""

    def __init__(self, known: Scheme, version: str) -> None:
        self.known, self.version = known, version
        self.asked: list[str] = []

    def __call__(self, path: str, accept: str, timeout: float | None) -> Document:
        self.asked.append(path)
        if path in ("/api", "/apis") and self.version:
            assert f"v={self.version};" in accept
            return Document(json.dumps(discovery.aggregated(self.known, core=path == "/api", version=self.version)).encode())
        parts = path.split("/")
        found: Any = {"/api": lambda: discovery.api_versions("h"), "/apis": lambda: discovery.group_list(self.known)}.get(path, lambda: None)()
        if len(parts) > 2:
            found = discovery.resource_list(self.known, "" if parts[1] == "api" else parts[2], parts[-1])
        return Document(json.dumps(found).encode())

    def resources(self) -> list[Resource]:
        return remotediscovery.resources(self)


def with_widgets() -> Scheme:
    known = scheme.builtin()
    known.add(WIDGET)
    return known


@pytest.mark.parametrize(("version", "requests"), [("v2", 2), ("v2beta1", 2), ("", 2 + sum(len(scheme.builtin().versions(name)) for name in scheme.builtin().groups()) + 1)])  # noqa: E501
def test_all_forms_tell_the_same(version: str, requests: int) -> None:
    known = with_widgets()
    server = Server(known, version)
    assert server.resources() == [resource for group in known.groups() for resource in known if resource.group == group and resource.served]
    assert len(server.asked) == requests


def test_preferred_versions_come_first() -> None:
    group = {"name": "g", "versions": [{"version": "v1"}, {"version": "v2"}], "preferredVersion": {"version": "v2"}}

    def get(path: str, accept: str, timeout: float | None) -> Document:
        if path == "/api":
            raise errors.UnknownPath()
        row = {"name": "xs", "singularName": "", "kind": "X", "namespaced": False, "verbs": ["get"]}
        body: Any = {"kind": "APIGroupList", "groups": [group]} if path == "/apis" else {"kind": "APIResourceList", "resources": [row]}
        return Document(json.dumps(body).encode())

    assert [(each.version, each.singular, each.namespaced) for each in remotediscovery.resources(get)] == [("v2", "x", False), ("v1", "x", False)]


def test_a_part_that_does_not_answer_is_left_out() -> None:
    known = scheme.builtin()
    server = Server(known, "")

    def get(path: str, accept: str, timeout: float | None) -> Document:
        if path.startswith("/apis/apps/"):
            raise errors.ServiceUnavailable("no")
        return server(path, accept, timeout)

    assert {each.group for each in remotediscovery.resources(get)} == {name for name in known.groups() if name != "apps" and known.versions(name)}


def test_a_server_without_discovery() -> None:
    def get(path: str, accept: str, timeout: float | None) -> Document:
        raise errors.UnknownPath()

    with pytest.raises(errors.UnknownPath):
        remotediscovery.resources(get)


def rows(**changes: Any) -> Any:
    row = {"resource": "xs", "responseKind": {"kind": "X"}, "scope": "Cluster", "verbs": ["get"], **changes}
    return {"kind": "APIGroupDiscoveryList", "items": [{"metadata": {"name": "g"}, "versions": [{"version": "v1", "resources": [row]}]}]}


STRANGE: list[Any] = [
    {}, {"kind": "PodList"}, {"kind": "APIGroupDiscoveryList", "items": [7]}, {"kind": "APIGroupDiscoveryList", "items": 7}, rows(resource=7),
    rows(resource=""), rows(scope=None, resource="x\x1b"), rows(verbs=7), rows(verbs=[7]), rows(shortNames=["\x1b[2J"]),
    rows(subresources=[{}]), rows(responseKind=7),
    {"kind": "APIVersions", "versions": ["../../x"]}, {"kind": "APIVersions", "versions": [7]}, {"kind": "APIGroupList", "groups": [{"name": "a/b"}, 7]},
    {"kind": "APIGroupList", "groups": [{"name": "..", "versions": [{"version": "v1"}]}]},
]  # fmt: skip


@pytest.mark.parametrize("body", STRANGE)
def test_what_tells_of_no_resources(body: Any) -> None:
    with pytest.raises(KctlError) as caught:
        remotediscovery.resources(lambda path, accept, timeout: Document(json.dumps(body).encode()))
    assert str(caught.value) == "the server answered /api with what tells of no resources"


def test_the_cache_keeps_everything(tmp_path: Path) -> None:
    found = list(with_widgets())
    Cache(str(tmp_path)).put(found)
    assert Cache(str(tmp_path)).get() == [each._replace(served=True) for each in found]


def test_an_empty_cache(tmp_path: Path) -> None:
    assert Cache(str(tmp_path)).get() is None


@pytest.mark.parametrize("value", [b"", b"[", b"{}", b"[7]", b"[[1]]", b'[["g","v1","xs","X","x",true,[7],[],[],{}]]', "text", 7])
def test_a_spoilt_cache_is_an_empty_one(tmp_path: Path, value: Any) -> None:
    with diskcache.Cache(str(tmp_path)) as cache:
        cache.set("resources 1", value)
    assert not Cache(str(tmp_path)).get()


def test_resources_are_asked_for_when_they_are_needed(tmp_path: Path) -> None:
    server = Server(scheme.builtin(), "v2")
    known = RemoteScheme(server.resources, Cache(str(tmp_path)))
    assert server.asked == []
    assert known.must("pods").kind == "Pod"
    assert known.find("deploy") == scheme.builtin().find("deploy")
    assert server.asked == ["/api", "/apis"]


def test_what_is_missing_is_asked_for_once_more(tmp_path: Path) -> None:
    server = Server(scheme.builtin(), "v2")
    assert RemoteScheme(server.resources, Cache(str(tmp_path))).find("widgets") is None
    assert len(server.asked) == 2
    server.known = with_widgets()
    known = RemoteScheme(server.resources, Cache(str(tmp_path)))
    assert known.find("pods") is not None and len(server.asked) == 2
    assert known.find("wg") == WIDGET and len(server.asked) == 4
    assert known.find("nothing") is None and known.for_kind("v1", "Nothing") is None and len(server.asked) == 4
    assert RemoteScheme(server.resources, Cache(str(tmp_path))).for_kind("example.com/v1", "Widget") == WIDGET
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    "look",
    [
        lambda known: known.for_kind("example.com/v1", "Widget"),
        lambda known: known.must("widgets.example.com"),
        lambda known: known.find("widgets"),
    ],
)
def test_each_way_to_look_asks_once_more(tmp_path: Path, look: Callable[[Scheme], Resource | None]) -> None:
    server = Server(scheme.builtin(), "v2")
    RemoteScheme(server.resources, Cache(str(tmp_path))).find("pods")
    server.known = with_widgets()
    assert look(RemoteScheme(server.resources, Cache(str(tmp_path)))) == WIDGET
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    "look",
    [
        lambda known: known.get("example.com", "v1", "widgets"),
        lambda known: known.preferred("example.com", "widgets"),
        lambda known: [item for item in known if item.group in known.groups() and item.kind == "Widget"][0],
    ],
)
def test_each_way_to_look_asks_at_first(look: Callable[[Scheme], Resource | None]) -> None:
    server = Server(with_widgets(), "v2")
    assert look(RemoteScheme(server.resources, None)) == WIDGET
    assert RemoteScheme(server.resources, None).versions("example.com") == ["v1"]


def test_fresh_resources_are_not_those_of_the_cache(tmp_path: Path) -> None:
    server = Server(scheme.builtin(), "v2")
    RemoteScheme(server.resources, Cache(str(tmp_path))).find("pods")
    server.known = with_widgets()
    assert WIDGET in list(RemoteScheme(server.resources, Cache(str(tmp_path)), fresh=True))
    assert WIDGET in list(RemoteScheme(server.resources, Cache(str(tmp_path))))


def test_what_the_client_itself_needs_and_the_server_lacks() -> None:
    with pytest.raises(KctlError) as caught:
        RemoteScheme(list, None).must("events")
    assert str(caught.value) == 'the server doesn\'t have a resource type "events"'
