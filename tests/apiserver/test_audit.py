"""The audit log: written before anything happens, of what the policy asks for, and never a secret."""

import base64
import json
import os
import random
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minikube_py.apiserver.audit import auditor, policy
from minikube_py.apiserver.audit.logfile import LogFile
from minikube_py.apiserver.handlers import create
from minikube_py.apiserver.request import Origin, Request
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.plugin import hookimpl
from minikube_py.plugin.auth import Attributes, Credentials, UserInfo
from tests.apiserver.world import ADMIN, START, World, configmap, obj, pod

EVERYTHING = {"level": "RequestResponse"}
JANE = UserInfo("jane", ("dev",))
NOW = "2026-01-01T00:00:00.000000Z"


def rules(*given: Object, **more: Any) -> policy.Policy:
    return policy.parse({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": list(given), **more})


class Log:
    """The events of a world."""

    def __init__(self, world: World, *given: Object, **more: Any) -> None:
        self.lines: list[bytes] = []
        numbers = random.Random(2)
        world.server.audit = auditor.Auditor(rules(*given, **more), self.lines.append, world.clock, lambda: create.new_uid(numbers),
                                             report=world.reports.append)  # fmt: skip

    def take(self) -> list[Object]:
        """Return the events since the last look."""
        taken = [json.loads(line) for line in self.lines]
        self.lines.clear()  # the auditor has this very list
        return taken

    def short(self) -> list[tuple[Any, ...]]:
        return [(event["stage"], event.get("responseStatus", {}).get("code")) for event in self.take()]


def test_one_request_is_two_events(world: World) -> None:
    log = Log(world, {"level": "Metadata"})
    world.send("create", "configmaps", body=configmap("web", color="blue"))
    received, complete = log.take()
    assert received == {
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": received["auditID"], "stage": "RequestReceived",
        "requestURI": "/api/v1/namespaces/default/configmaps", "verb": "create",
        "user": {"username": "admin", "groups": ["system:masters", "system:authenticated"]}, "sourceIPs": ["127.0.0.1"], "userAgent": "test/1",
        "objectRef": {"resource": "configmaps", "namespace": "default", "name": "web", "apiVersion": "v1"},
        "requestReceivedTimestamp": NOW, "stageTimestamp": NOW,
    }  # fmt: skip
    assert complete == received | {
        "stage": "ResponseComplete", "responseStatus": {"metadata": {}, "code": 201},
        "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""},
    }  # fmt: skip
    assert len(received["auditID"]) == 36
    assert list(complete)[:4] == ["kind", "apiVersion", "level", "auditID"]


def test_how_it_came_over_the_network(world: World) -> None:
    log = Log(world, {"level": "Metadata"})
    request = world.server.scheme.must("pods")
    origin = Origin("/api/v1/pods?limit=500", ("10.0.0.7", "10.0.0.1"), "my-id")
    world.server.handle(Request("list", request.group, request.version, "pods", credentials=Credentials(local=ADMIN), origin=origin))
    for event in log.take():
        assert (event["requestURI"], event["sourceIPs"], event["auditID"]) == ("/api/v1/pods?limit=500", ["10.0.0.7", "10.0.0.1"], "my-id")


def test_bodies(world: World) -> None:
    log = Log(world, {"level": "Request", "verbs": ["delete"]}, EVERYTHING)
    sent = pod("web")
    world.send("create", "pods", body=sent)
    complete = log.take()[1]
    assert complete["requestObject"] == sent == pod("web")
    assert complete["responseObject"]["metadata"]["uid"]
    world.send("get", "pods", "web")
    read = log.take()[1]
    assert "requestObject" not in read
    assert read["responseObject"]["metadata"]["name"] == "web"
    world.send("patch", "pods", "web", [{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}], content_type="application/json-patch+json")
    assert log.take()[1]["requestObject"] == [{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}]
    world.send("delete", "pods", "web", {"gracePeriodSeconds": 0})
    gone = log.take()[1]
    assert gone["requestObject"] == {"gracePeriodSeconds": 0}
    assert "responseObject" not in gone


def test_managed_fields_are_left_out_where_asked_for(world: World) -> None:
    log = Log(world, {"level": "RequestResponse", "omitManagedFields": False, "verbs": ["create"]}, EVERYTHING, omitManagedFields=True)
    world.send("create", "pods", body=pod("web"))
    assert log.take()[1]["responseObject"]["metadata"]["managedFields"]
    world.send("get", "pods", "web")
    assert "managedFields" not in log.take()[1]["responseObject"]["metadata"]
    world.send("list", "pods")
    assert ["managedFields" in item["metadata"] for item in log.take()[1]["responseObject"]["items"]] == [False]


def test_refusals_are_written(world: World) -> None:
    log = Log(world, {"level": "Metadata"})
    with pytest.raises(errors.Forbidden):
        world.send("get", "pods", "web", user=JANE)
    received, complete = log.take()
    assert received["user"] == {"username": "jane", "groups": ["dev", "system:authenticated"]}
    assert complete["responseStatus"] == {
        "metadata": {}, "status": "Failure", "reason": "Forbidden", "details": {"name": "web", "kind": "pods"}, "code": 403,
        "message": 'pods "web" is forbidden: User "jane" cannot get resource "pods" in API group "" in the namespace "default"',
    }  # fmt: skip
    assert complete["annotations"] == {"authorization.k8s.io/decision": "forbid", "authorization.k8s.io/reason": ""}
    with pytest.raises(errors.NotFound):
        world.send("get", "pods", "web")
    assert log.short() == [("RequestReceived", None), ("ResponseComplete", 404)]


@pytest.mark.parametrize(
    ("credentials", "text"),
    [
        (Credentials(bearer_token="forged"), "Authentication failed, attempted: bearer"),
        (Credentials(username="u", password="p", client_certificate=b"x"), "Authentication failed, attempted: basic, x509"),
        (Credentials(username="u"), "Authentication failed, attempted: basic"),
    ],
)
def test_bad_credentials_are_written(world: World, credentials: Credentials, text: str) -> None:
    log = Log(world, {"level": "Metadata"})
    with pytest.raises(errors.Unauthorized):
        world.send("get", "pods", "web", credentials=credentials)
    (event,) = log.take()
    assert (event["stage"], event["user"]) == ("ResponseStarted", {})
    assert event["responseStatus"] == {"metadata": {}, "status": "Failure", "message": text, "reason": "Unauthorized", "code": 401}


def test_missing_credentials_are_written(world: World) -> None:
    log = Log(world, {"level": "Metadata"})
    request = world.server.scheme.must("pods")
    with pytest.raises(errors.Unauthorized):
        world.server.handle(Request("list", request.group, request.version, "pods"))
    assert log.take()[0]["responseStatus"]["message"] == "Authentication failed, no credentials provided"


def test_an_error_of_our_own_is_a_panic(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(world, {"level": "Metadata"})
    monkeypatch.setattr(world.server, "strategy", lambda resource: 1 / 0)
    with pytest.raises(errors.InternalError):
        world.send("create", "pods", body=pod("web"))
    assert log.short() == [("RequestReceived", None), ("Panic", 500)]


def test_who_acts_for_whom(world: World) -> None:
    log = Log(world, {"level": "Metadata"})
    with pytest.raises(errors.Forbidden):
        world.server.handle(Request("list", "", "v1", "pods", namespace="default", credentials=Credentials(local=ADMIN), impersonate=JANE))
    received, complete = log.take()
    assert "impersonatedUser" not in received
    assert complete["user"]["username"] == "admin"
    assert complete["impersonatedUser"] == {"username": "jane", "groups": ["dev", "system:authenticated"]}


def test_a_stream_ends_when_it_ends(world: World) -> None:
    log = Log(world, {"level": "Metadata"})
    response = world.send("watch", "pods", timeoutSeconds=1)
    assert log.short() == [("RequestReceived", None), ("ResponseStarted", 200)]
    assert response.stream is not None
    response.stream.close()  # type: ignore[attr-defined]
    response.stream.close()  # type: ignore[attr-defined]
    assert log.short() == [("ResponseComplete", 200)]


def test_a_stream_that_nobody_wants_ends_too(world: World) -> None:
    log = Log(world, {"level": "Metadata"})
    world.send("watch", "pods", timeoutSeconds=1)
    assert log.short() == [("RequestReceived", None), ("ResponseStarted", 200), ("ResponseComplete", 200)]


def test_paths_that_are_no_resources(world: World) -> None:
    log = Log(world, {"level": "None", "nonResourceURLs": ["/healthz*", "/livez"]}, {"level": "Metadata"})
    assert world.server.audit is not None
    assert world.server.audit.begin_path(JANE, "get", "/healthz/etcd", Origin("/healthz/etcd", ("::1",))) is None
    record = world.server.audit.begin_path(JANE, "get", "/version", Origin("/version?timeout=32s", ("::1",)), "curl/8")
    assert record is not None
    record.finish(policy.COMPLETE, {"metadata": {}, "code": 200})
    received, complete = log.take()
    assert "objectRef" not in received
    assert (complete["requestURI"], complete["verb"], complete["responseStatus"]["code"]) == ("/version?timeout=32s", "get", 200)


def test_it_is_written_before_it_happens(world: World) -> None:
    seen = []

    def write(line: bytes) -> None:
        seen.append((json.loads(line)["stage"], world.raw("configmaps", "web") is not None))

    world.server.audit = auditor.Auditor(rules(EVERYTHING), write, world.clock, lambda: "id")
    world.send("create", "configmaps", body=configmap("web"))
    assert seen == [("RequestReceived", False), ("ResponseComplete", True)]


def test_what_cannot_be_written_does_not_happen(world: World) -> None:
    def write(line: bytes) -> None:
        raise OSError(28, "No space left on device")

    world.server.audit = auditor.Auditor(rules(EVERYTHING), write, world.clock, lambda: "id", report=world.reports.append)
    with pytest.raises(errors.InternalError, match="the audit log cannot be written, so nothing is done"):
        world.send("create", "configmaps", body=configmap("web"))
    assert world.raw("configmaps", "web") is None
    assert [type(error) for error in world.reports] == [OSError]


def test_what_has_happened_is_answered_though_it_cannot_be_written(world: World) -> None:
    def write(line: bytes) -> None:
        if b"ResponseComplete" in line:
            raise OSError(28, "No space left on device")

    world.server.audit = auditor.Auditor(rules(EVERYTHING), write, world.clock, lambda: "id", report=world.reports.append)
    assert world.send("create", "configmaps", body=configmap("web")).code == 201
    assert [type(error) for error in world.reports] == [OSError]


def test_writes_of_a_batch_are_complete_when_they_are_durable(world: World) -> None:
    log = Log(world, {"level": "Metadata"})
    assert world.server.audit is not None
    with world.server.audit.holding(), world.backend.batch():
        world.send("create", "configmaps", body=configmap("a"))
        with pytest.raises(errors.AlreadyExists):
            world.send("create", "configmaps", body=configmap("a"))
        world.send("get", "configmaps", "a")
        assert log.short() == [("RequestReceived", None), ("RequestReceived", None), ("ResponseComplete", 409), ("RequestReceived", None),
                               ("ResponseComplete", 200)]  # fmt: skip
    assert log.short() == [("ResponseComplete", 201)]


@pytest.mark.parametrize("problem", [KctlError("database or disk is full"), OSError(28, "full"), KeyboardInterrupt()])
def test_writes_of_a_batch_that_is_undone_have_failed(world: World, problem: BaseException) -> None:
    log = Log(world, {"level": "Metadata"})
    assert world.server.audit is not None
    with pytest.raises(type(problem)), world.server.audit.holding(), world.backend.batch():
        for name in "ab":
            assert world.send("create", "configmaps", body=configmap(name)).code == 201
        raise problem
    assert world.raw("configmaps", "a") is None
    events = [(event["stage"], event["objectRef"]["name"], event.get("responseStatus", {}).get("code")) for event in log.take()]
    assert events == [("RequestReceived", "a", None), ("RequestReceived", "b", None), ("ResponseComplete", "a", 500), ("ResponseComplete", "b", 500)]
    assert world.send("create", "configmaps", body=configmap("c")).code == 201
    assert log.short() == [("RequestReceived", None), ("ResponseComplete", 201)]


class Moody:
    """Admission that refuses or breaks, by the name of what is written."""

    @hookimpl
    def kctl_register_admission_plugins(self, registry: Any) -> None:
        from minikube_py.plugin.admission import AdmissionPlugin, Attributes

        class Plugin(AdmissionPlugin):
            name = "Moody"
            resources = ("configmaps",)

            def validate(self, attributes: Attributes, reader: Any, clock: Any) -> None:
                if attributes.name.endswith("3"):
                    raise ValueError("not today")
                if attributes.name.endswith("4"):
                    raise KeyError(attributes.name)

        registry.add("Moody", Plugin())


def test_of_a_thousand_requests_each_is_there_before_its_effect() -> None:
    world = World(Moody())
    log = Log(world, {"level": "Metadata"})
    outcomes = []
    for number in range(1000):
        who = Credentials(bearer_token="forged") if number % 7 == 0 else Credentials(local=JANE if number % 11 == 0 else ADMIN)
        try:
            outcomes.append(world.send("create", "configmaps", body=configmap(f"c{number}"), credentials=who).code)
        except errors.StatusError as error:
            outcomes.append(error.code)
    assert {code: outcomes.count(code) for code in sorted(set(outcomes))} == {201: 623, 401: 143, 403: 156, 500: 78}
    events = log.take()
    by_request: dict[str, list[Object]] = {}
    for event in events:
        by_request.setdefault(event["auditID"], []).append(event)
    assert [parts[-1]["responseStatus"]["code"] for parts in by_request.values()] == outcomes
    assert {tuple(part["stage"] for part in parts) for parts in by_request.values()} == {
        ("ResponseStarted",), ("RequestReceived", "ResponseComplete"),
    }  # fmt: skip
    assert all(len(parts) == 2 for parts in by_request.values() if parts[-1]["responseStatus"]["code"] != 401)


CANARY = "canary-" + "0123456789abcdef" * 2
ENCODED = base64.b64encode(CANARY.encode()).decode()


def _use_secrets(world: World) -> Iterator[Any]:
    secret = obj("Secret", "s", data={"password": ENCODED}, meta_annotations={"kubectl.kubernetes.io/last-applied-configuration": ENCODED})
    yield lambda: world.send("create", "secrets", body=secret)
    yield lambda: world.send("create", "secrets", body=obj("Secret", "t", stringData={"password": CANARY}))
    yield lambda: world.send("update", "secrets", "s", body=obj("Secret", "s", data={"password": ENCODED, "more": ENCODED}))
    yield lambda: world.send("patch", "secrets", "s", {"stringData": {"password": CANARY}}, content_type="application/merge-patch+json")
    patch = [{"op": "add", "path": "/data/other", "value": ENCODED}]
    yield lambda: world.send("patch", "secrets", "s", patch, content_type="application/json-patch+json")
    yield lambda: world.send("patch", "secrets", "s", [CANARY], content_type="application/json-patch+json")
    yield lambda: world.send("update", "secrets", "s", body=CANARY)
    yield lambda: world.send("get", "secrets", "s")
    yield lambda: world.send("list", "secrets")
    yield lambda: world.send("list", "secrets", table="Object")
    yield lambda: world.send("create", "pods", body=obj("Secret", "s", data={"password": ENCODED}))
    yield lambda: world.send("create", "secrets", body=obj("Secret", "u", data={CANARY + " ": "not base64: " + CANARY}))
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": CANARY}}
    yield lambda: world.send("create", "tokenreviews.authentication.k8s.io", body=review)
    yield lambda: world.send("get", "pods", "x", credentials=Credentials(bearer_token=CANARY))
    yield lambda: world.send("get", "pods", "x", credentials=Credentials(username="u", password=CANARY))
    yield lambda: world.send("delete", "secrets", "s")


NAMED = {"level": "RequestResponse", "resources": [{"group": "", "resources": ["secrets", "serviceaccounts/token"]},
                                                   {"group": "authentication.k8s.io", "resources": ["tokenreviews"]}]}  # fmt: skip


@pytest.mark.parametrize("given", [(EVERYTHING,), (NAMED, EVERYTHING)])
def test_no_secret_is_ever_written(world: World, given: tuple[Object, ...]) -> None:
    log = Log(world, *given)
    done = 0
    for use in _use_secrets(world):
        try:
            use()
            done += 1
        except KctlError:
            continue
    text = b"\n".join(log.lines)
    assert done == 10
    assert CANARY.encode() not in text.replace(CANARY.encode() + b" ", b"")  # the name of a key is no secret
    assert ENCODED.encode() not in text


def test_secrets_and_config_maps_come_without_bodies_unless_named(world: World) -> None:
    log = Log(world, EVERYTHING)
    world.send("create", "configmaps", body=configmap("a", color="blue"))
    assert [(event["level"], "requestObject" in event) for event in log.take()] == [("Metadata", False), ("Metadata", False)]
    log = Log(world, {"level": "Request", "resources": [{"group": "", "resources": ["configmaps", "secrets"]}]}, EVERYTHING)
    world.send("create", "configmaps", body=configmap("b", color="blue"))
    assert log.take()[1]["requestObject"]["data"] == {"color": "blue"}
    world.send("create", "secrets", body=obj("Secret", "s", data={"password": ENCODED}))
    assert log.take()[1]["requestObject"]["data"] == {"password": ""}
    log = Log(world, {"level": "Request", "resources": [{"group": "*", "resources": ["*"]}]})
    world.send("create", "configmaps", body=configmap("c", color="blue"))
    assert log.take()[1]["level"] == "Metadata"


def asked(resource: str = "pods", **fields: Any) -> Attributes:
    return Attributes(fields.pop("user", JANE), fields.pop("verb", "get"), resource=resource, namespace="default", **fields)


@pytest.mark.parametrize(
    ("rule", "request_", "covered"),
    [
        ({}, asked(), True),
        ({"users": ["jane"]}, asked(), True),
        ({"users": ["joe"]}, asked(), False),
        ({"userGroups": ["ops", "dev"]}, asked(), True),
        ({"userGroups": ["ops"]}, asked(), False),
        ({"verbs": ["get"]}, asked(), True),
        ({"verbs": ["list"]}, asked(), False),
        ({"namespaces": ["default"]}, asked(), True),
        ({"namespaces": ["other"]}, asked(), False),
        ({"namespaces": ["default"]}, Attributes(JANE, "get", path="/version"), False),
        ({"resources": [{"group": ""}]}, asked(), True),
        ({"resources": [{"group": "apps"}]}, asked(), False),
        ({"resources": [{"group": "*", "resources": ["pods"]}]}, asked(), True),
        ({"resources": [{"resources": ["pods"]}]}, asked(), True),
        ({"resources": [{"resources": ["pods"]}]}, asked(subresource="log"), False),
        ({"resources": [{"resources": ["pods/log"]}]}, asked(subresource="log"), True),
        ({"resources": [{"resources": ["pods/*"]}]}, asked(subresource="log"), True),
        ({"resources": [{"resources": ["pods/*"]}]}, asked(), True),
        ({"resources": [{"resources": ["*/log"]}]}, asked(subresource="log"), True),
        ({"resources": [{"resources": ["*/log"]}]}, asked(), False),
        ({"resources": [{"resources": ["*"]}]}, asked(subresource="log"), True),
        ({"resources": [{"resources": ["pods"], "resourceNames": ["web"]}]}, asked(name="web"), True),
        ({"resources": [{"resources": ["pods"], "resourceNames": ["web"]}]}, asked(name="db"), False),
        ({"nonResourceURLs": ["/version"]}, Attributes(JANE, "get", path="/version"), True),
        ({"nonResourceURLs": ["/version"]}, Attributes(JANE, "get", path="/versions"), False),
        ({"nonResourceURLs": ["/openapi/*"]}, Attributes(JANE, "get", path="/openapi/v3"), True),
        ({"nonResourceURLs": ["*"]}, Attributes(JANE, "get", path="/healthz"), True),
        ({"nonResourceURLs": ["*"]}, asked(), False),
    ],
)
def test_which_rule_covers_what(rule: Object, request_: Attributes, covered: bool) -> None:
    assert policy.covers(rule, request_) is covered


def test_the_first_rule_counts_and_none_means_none() -> None:
    found = rules({"level": "None", "users": ["jane"]}, {"level": "Request", "omitStages": ["Panic"], "verbs": ["get"]}, omitStages=["RequestReceived"])
    assert found.treatment(asked()).level == "None"
    assert found.treatment(asked(user=ADMIN)) == ("Request", {"RequestReceived", "Panic"}, False, False)
    assert found.treatment(asked(user=ADMIN, verb="list")).level == "None"


def test_stages_can_be_omitted(world: World) -> None:
    log = Log(world, {"level": "Metadata", "omitStages": ["ResponseComplete"]}, omitStages=["RequestReceived"])
    world.send("list", "pods")
    assert log.short() == []


@pytest.mark.parametrize(
    ("obj_", "problem"),
    [
        (None, "an audit policy is an object of kind Policy in audit.k8s.io/v1"),
        ({"apiVersion": "audit.k8s.io/v1beta1", "kind": "Policy"}, "an audit policy is an object of kind Policy in audit.k8s.io/v1"),
        ({}, "an audit policy has at least one rule"),
        ({"rules": [{}]}, "invalid audit policy: rules[0].level: Required value"),
        ({"rules": [{"level": "All"}]},
         'invalid audit policy: rules[0].level: Unsupported value: "All": supported values: "None", "Metadata", "Request", "RequestResponse"'),
        ({"rules": [EVERYTHING, {"level": "None", "user": ["a"]}]}, 'invalid audit policy: unknown field "rules[1].user"'),
        ({"rules": [{"level": "None", "users": "a"}]}, "invalid audit policy: rules[0].users must be a list of strings"),
        ({"rules": [{"level": "None", "omitManagedFields": "yes"}]}, "invalid audit policy: rules[0].omitManagedFields must be true or false"),
        ({"rules": ["all"]}, "invalid audit policy: rules[0] must be an object"),
        ({"rules": [{"level": "None", "nonResourceURLs": ["version"]}]},
         'invalid audit policy: rules[0].nonResourceURLs[0]: Invalid value: "version": non-resource URL rules must begin with a \'/\' character'),
        ({"rules": [{"level": "None", "nonResourceURLs": ["/a*b"]}]},
         'invalid audit policy: rules[0].nonResourceURLs[0]: Invalid value: "/a*b": '
         "non-resource URL wildcards '*' must be the final character of the rule"),
        ({"rules": [{"level": "None", "nonResourceURLs": ["/a"], "namespaces": ["x"]}]},
         'invalid audit policy: rules[0].nonResourceURLs: Invalid value: []string{"/a"}: '
         "rules cannot apply to both regular resources and non-resource URLs"),
        ({"rules": [{"level": "None", "resources": [{"resourceNames": ["a"]}]}]},
         'invalid audit policy: rules[0].resources.resourceNames: Invalid value: []string{"a"}: using resourceNames requires at least one resource'),
        ({"rules": [EVERYTHING], "omitStages": ["Never"]},
         'invalid audit policy: omitStages[0]: Invalid value: "Never": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic'),
    ],
)  # fmt: skip
def test_policies_that_are_none(obj_: Any, problem: str) -> None:
    given = obj_ if obj_ is None else {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", **obj_}
    with pytest.raises(KctlError) as caught:
        policy.parse(given)
    assert str(caught.value) == problem


def test_a_file_for_its_owner_of_bounded_size(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    log = LogFile(str(path), max_bytes=30, backups=2)
    for number in range(10):
        log.write(b"line %d of ten" % number)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        "audit.log": "line 8 of ten\nline 9 of ten\n", "audit.log.1": "line 6 of ten\nline 7 of ten\n", "audit.log.2": "line 4 of ten\nline 5 of ten\n",
    }  # fmt: skip
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


def test_a_file_that_was_open_to_all_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.write_text("old\n")
    path.chmod(0o644)
    LogFile(str(path)).write(b"new")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("old\nnew\n", 0o600)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "audit.log").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="audit.log"):
        LogFile(str(tmp_path / "audit.log")).write(b"line")
    assert not (tmp_path / "other").exists()


def test_several_writers_share_a_file(tmp_path: Path) -> None:
    logs = [LogFile(str(tmp_path / "audit.log"), max_bytes=2000, backups=50) for _ in range(4)]
    threads = [threading.Thread(target=lambda log=log, name=name: [log.write(b"%d-%d" % (name, number)) for number in range(200)])
               for name, log in enumerate(logs)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [line for file in tmp_path.iterdir() for line in file.read_text().splitlines()]
    assert sorted(lines) == sorted(f"{name}-{number}" for name in range(4) for number in range(200))
    assert all(os.stat(file).st_size <= 2000 for file in tmp_path.iterdir())


def test_half_a_line_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "audit.log"
    log = LogFile(str(path))
    log.write(b"first")
    real = os.write

    def full(descriptor: int, data: Any) -> int:
        if len(data) <= 3:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[:-3])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        log.write(b"second")
    monkeypatch.undo()
    log.write(b"third")
    assert path.read_text() == "first\nthird\n"


def test_no_audit_costs_nothing(world: World) -> None:
    assert world.server.audit is None
    assert world.clock.now() == START
