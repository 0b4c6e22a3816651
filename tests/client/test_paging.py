"""Lists that a server never lets end."""

import json
import re
import socket
from contextlib import closing
from itertools import count
from typing import Any

import pytest

from minikube_py.apiserver.request import Request
from minikube_py.client import paging
from minikube_py.client.answers import Strange
from minikube_py.client.kubeconfigs import Connection
from minikube_py.client.paging import Pages
from minikube_py.client.remote import Transport
from minikube_py.machinery.meta import Object
from tests.client.rawsite import RawSite, answer


def request(token: str) -> Request:
    return Request("list", "", "v1", "pods", options={"limit": 500, "continue": token})


def page(token: str, *items: Any, field: str = "items") -> Object:
    return {"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": token}, field: list(items)}


def test_lists_that_end() -> None:
    pages = Pages()
    for _ in range(3):  # the same tokens may come again, in another list
        for before, after in (("", "a"), ("a", "b"), ("b", "")):
            pages.check(request(before), page(after, 1), 100)


@pytest.mark.parametrize("tokens", [("a", "a"), ("a", "b", "a"), ("a", "b", "b")])
def test_a_token_that_comes_again(tokens: tuple[str, ...]) -> None:
    pages, before = Pages(), ""
    for token in tokens[:-1]:
        pages.check(request(before), page(token, 1), 100)
        before = token
    with pytest.raises(Strange, match="a token that it has given before"):
        pages.check(request(before), page(tokens[-1], 1), 100)


@pytest.mark.parametrize("field", ["items", "rows"])
def test_pages_without_anything(field: str) -> None:
    pages = Pages()
    for number in range(99):
        pages.check(request(str(number or "")), page(str(number + 1), field=field), 100)
    pages.check(request("99"), page("100", 1, field=field), 100)  # something, at last
    with pytest.raises(Strange, match="101 pages in a row are empty"):
        for number in range(100, 250):
            pages.check(request(str(number)), page(str(number + 1), field=field), 100)


def test_pages_that_are_too_much_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "_LARGEST", 1 << 30)
    pages = Pages()
    pages.check(request(""), page("a", 1), 1 << 29)
    pages.check(request("a"), page("b", 1), 1 << 29)
    with pytest.raises(Strange, match="larger than 1 GiB"):
        pages.check(request("b"), page("c", 1), 1)


def test_lists_that_were_given_up_are_forgotten() -> None:
    pages = Pages()
    for number in range(1000):
        pages.check(request(""), page(f"t{number}", 1), 100)
    assert len(pages._chains) <= 64


def test_a_transport_does_not_follow_for_ever() -> None:
    def say(connection: socket.socket, head: bytes) -> None:
        found = re.search(rb"continue=(\d+)", head)
        token = str(int(found.group(1)) % 3 + 1) if found else "1"
        connection.sendall(answer(json.dumps(page(token, {"metadata": {"name": "web"}})).encode()))

    site, token, asked = RawSite(say), "", count()
    try:
        with closing(Transport(Connection(site.url))) as transport, pytest.raises(Strange):
            while next(asked) < 10:
                token = transport(request(token)).body["metadata"]["continue"]
    finally:
        site.close()
    assert next(asked) == 4
