"""Requests of the chain as kubectl 1.33 puts them on the wire (recorded against a stub)."""

import json
from typing import Any

import pytest

from minikube_py.apiserver.request import Request
from minikube_py.client import api, wire
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.scheme import EVERYTHING


def sent(verb: str, resource: str = "pods", group: str = "", version: str = "v1", **more: Any) -> tuple[str, str, Any]:
    found = wire.message(Request(verb, group, version, resource, namespace="default", user_agent="kubectl", **more))
    return found.method, found.target, None if found.body is None else json.loads(found.body)


DEFAULT = "/api/v1/namespaces/default/"
DELETE = {"kind": "DeleteOptions", "apiVersion": "v1"}


@pytest.mark.parametrize(
    ("verb", "more", "expected"),
    [
        ("list", {"options": {"limit": 500, "labelSelector": "app=web"}}, ("GET", DEFAULT + "pods?labelSelector=app%3Dweb&limit=500", None)),
        ("list", {"options": {"limit": 0, "index": ("node", "x")}}, ("GET", DEFAULT + "pods", None)),
        ("list", {"options": {"table": "Object"}}, ("GET", DEFAULT + "pods?includeObject=Object", None)),
        ("get", {"name": "x", "options": {"table": "Metadata"}}, ("GET", DEFAULT + "pods/x", None)),
        ("watch", {"options": {"resourceVersion": "7", "timeoutSeconds": 2.2}}, ("GET", DEFAULT + "pods?resourceVersion=7&timeoutSeconds=3&watch=true", None)),
        ("create", {"body": {"a": "\u00e9"}, "options": {"fieldManager": "kubectl-create", "fieldValidation": "Strict", "dryRun": True}},
         ("POST", DEFAULT + "pods?dryRun=All&fieldManager=kubectl-create&fieldValidation=Strict", {"a": "\u00e9"})),
        ("update", {"name": "x", "body": {}}, ("PUT", DEFAULT + "pods/x?fieldManager=kubectl", {})),
        ("patch", {"name": "x", "body": [], "subresource": "status", "options": {"force": False}},
         ("PATCH", DEFAULT + "pods/x/status?fieldManager=kubectl&force=false", [])),
        ("delete", {"name": "x", "options": {"propagationPolicy": "Background", "gracePeriodSeconds": 0, "preconditions": {"uid": "u"}, "dryRun": True}},
         ("DELETE", DEFAULT + "pods/x",
          DELETE | {"propagationPolicy": "Background", "gracePeriodSeconds": 0, "preconditions": {"uid": "u"}, "dryRun": ["All"]})),
        ("deletecollection", {"options": {"labelSelector": "a"}}, ("DELETE", DEFAULT + "pods?labelSelector=a", DELETE)),
        ("get", {"name": "a/b c"}, ("GET", DEFAULT + "pods/a%2Fb%20c", None)),
    ],
)  # fmt: skip
def test_requests(verb: str, more: dict[str, Any], expected: tuple[str, str, Any]) -> None:
    assert sent(verb, **more) == expected


def test_groups_have_another_root() -> None:
    assert sent("get", "deployments", "apps", name="web", subresource="scale")[1] == "/apis/apps/v1/namespaces/default/deployments/web/scale"


@pytest.mark.parametrize("media", [api.JSON_PATCH, api.MERGE_PATCH, api.STRATEGIC_PATCH, api.APPLY_PATCH])
def test_patches_say_of_what_type_they_are(media: str) -> None:
    found = wire.message(Request("patch", "", "v1", "pods", name="x", body={}, content_type=media))
    assert dict(found.headers)["Content-Type"] == media


def test_bodies_that_cannot_be_written() -> None:
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": deep}
    with pytest.raises(KctlError) as caught:
        sent("create", body=deep)
    assert str(caught.value) == "the object is nested too deeply, or holds what is no JSON"


def test_what_is_in_process_only_is_not_sent() -> None:
    with pytest.raises(errors.UnknownPath):
        wire.message(Request("list", *EVERYTHING[:3]))
