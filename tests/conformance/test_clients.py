"""The official Python client, typed and dynamic: all it can do on objects of built-in kinds, and a service account's token."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance import clients
from tests.conformance.conftest import Served

kubernetes = pytest.importorskip("kubernetes", reason="the official client is not installed")

from kubernetes import client, config, dynamic, watch  # noqa: E402

STRATEGIC, MERGE, JSON, APPLY = (
    "application/strategic-merge-patch+json", "application/merge-patch+json", "application/json-patch+json", "application/apply-patch+yaml",
)  # fmt: skip
each_kind = pytest.mark.parametrize("kind", clients.KINDS)


@pytest.fixture(scope="module")
def space(served: Served) -> Iterator[str]:
    """A namespace for this module."""
    with clients.namespace(served, "official") as name:
        yield name


@pytest.fixture
def api(served: Served) -> Iterator[Any]:
    """The administrator's client."""
    with config.new_client_from_config(served.kubeconfig) as found:
        yield found


class Typed:
    """The methods of one kind in a namespace: call("patch", NAME, body) is patch_namespaced_config_map(NAME, NAMESPACE, body)."""

    def __init__(self, api: Any, kind: str, space: str) -> None:
        self.of = client.AppsV1Api(api) if kind == "Deployment" else client.CoreV1Api(api)
        self.word = re.sub(r"(?<=[a-z])([A-Z])", r"_\1", kind).lower()
        self.space = space

    def method(self, verb: str, below: str = "") -> Any:
        return getattr(self.of, f"{verb}_namespaced_{self.word}{below}")

    def call(self, verb: str, *arguments: Any, below: str = "", **options: Any) -> Any:
        before = 0 if verb in ("create", "list", "delete_collection") else 1
        return self.method(verb, below)(*arguments[:before], self.space, *arguments[before:], **options)

    def names(self, **options: Any) -> list[str]:
        return [item.metadata.name for item in self.call("list", **options).items]


@each_kind
def test_an_object_lives(api: Any, space: str, kind: str) -> None:
    typed = Typed(api, kind, space)
    made = typed.call("create", clients.manifest(kind, "life", space, round="one"))
    assert (made.metadata.name, made.metadata.namespace, made.metadata.labels["round"]) == ("life", space, "one")
    with pytest.raises(client.ApiException) as twice:
        typed.call("create", clients.manifest(kind, "life", space))
    assert twice.value.status == 409 and '"reason":"AlreadyExists"' in twice.value.body
    assert typed.call("read", "life").metadata.uid == made.metadata.uid

    def patched(body: Any, content_type: str) -> dict[str, str]:
        labels: dict[str, str] = typed.call("patch", "life", body, _content_type=content_type).metadata.labels
        return labels

    assert patched({"metadata": {"labels": {"a": "1"}}}, STRATEGIC) == {"round": "one", "a": "1"}
    assert patched({"metadata": {"labels": {"a": None, "b": "2"}}}, MERGE) == {"round": "one", "b": "2"}
    assert patched([{"op": "replace", "path": "/metadata/labels/b", "value": "3"}], JSON) == {"round": "one", "b": "3"}
    answer = json.loads(typed.call("delete", "life", _preload_content=False).data)
    assert answer["kind"] == (kind if kind in ("Pod", "Service") else "Status")
    clients.until(lambda: "life" not in typed.names())
    with pytest.raises(client.ApiException) as gone:
        typed.call("read", "life")
    assert gone.value.status == 404 and '"reason":"NotFound"' in gone.value.body


@each_kind
def test_server_side_apply(api: Any, space: str, kind: str) -> None:
    typed, body = Typed(api, kind, space), clients.manifest(kind, "applied", space, shade="dark")
    applied = typed.call("patch", "applied", body, field_manager="one", _content_type=APPLY)
    assert [(entry.manager, entry.operation) for entry in applied.metadata.managed_fields] == [("one", "Apply")]
    body["metadata"]["labels"] = {"shade": "light"}
    with pytest.raises(client.ApiException) as conflict:
        typed.call("patch", "applied", body, field_manager="two", _content_type=APPLY)
    assert conflict.value.status == 409 and '"field":".metadata.labels.shade"' in conflict.value.body
    forced = typed.call("patch", "applied", body, field_manager="two", force=True, _content_type=APPLY)
    assert forced.metadata.labels == {"shade": "light"}
    typed.call("delete", "applied")


@each_kind
def test_lists_in_pages_and_a_collection_deleted(api: Any, space: str, kind: str) -> None:
    typed = Typed(api, kind, space)
    for number in range(5):
        typed.call("create", clients.manifest(kind, f"page-{number}", space, set="pages", parity=str(number % 2)))
    assert typed.names(label_selector="set=pages,parity!=0") == ["page-1", "page-3"]
    assert typed.names(label_selector="parity in (1)", field_selector="metadata.name!=page-1") == ["page-3"]
    first = typed.call("list", limit=2, label_selector="set=pages")
    second = typed.call("list", limit=2, label_selector="set=pages", _continue=first.metadata._continue)
    third = typed.call("list", limit=2, label_selector="set=pages", _continue=second.metadata._continue)
    pages = [[item.metadata.name for item in page.items] for page in (first, second, third)]
    assert pages == [["page-0", "page-1"], ["page-2", "page-3"], ["page-4"]] and not third.metadata._continue
    assert len({page.metadata.resource_version for page in (first, second, third)}) == 1  # all of one moment
    typed.call("delete_collection", label_selector="parity=0,set=pages")
    clients.until(lambda: typed.names(label_selector="set=pages") == ["page-1", "page-3"])
    typed.call("delete_collection", label_selector="set=pages")
    clients.until(lambda: typed.names(label_selector="set=pages") == [])


@each_kind
def test_a_watch_while_another_writes(served: Served, api: Any, space: str, kind: str) -> None:
    typed, seen = Typed(api, kind, space), []
    with config.new_client_from_config(served.kubeconfig) as another:
        other = Typed(another, kind, space)
        start = typed.call("list").metadata.resource_version
        other.call("create", clients.manifest(kind, "unseen", space))
        other.call("create", clients.manifest(kind, "seen", space, watched="yes"))
        stream = watch.Watch()
        for event in stream.stream(typed.method("list"), space, label_selector="watched=yes", resource_version=start, timeout_seconds=60):
            word, labels = event["type"], event["object"].metadata.labels
            if word == "MODIFIED" and labels == seen[-1][1]:
                continue  # a controller has written the status
            seen.append((word, labels))
            if len(seen) == 1:
                other.call("patch", "seen", {"metadata": {"labels": {"more": "1"}}})
            elif len(seen) == 2:
                other.call("patch", "seen", {"metadata": {"labels": {"watched": "no"}}})
            else:
                stream.stop()
        other.call("delete", "seen")
        other.call("delete", "unseen")
    whole = {"watched": "yes", "more": "1"}
    assert seen == [("ADDED", {"watched": "yes"}), ("MODIFIED", whole), ("DELETED", whole)]  # what leaves the selection is shown as it was


def test_a_revision_of_the_future(api: Any, space: str) -> None:
    with pytest.raises(client.ApiException) as future:
        client.CoreV1Api(api).list_namespaced_config_map(space, resource_version="99999999")
    assert future.value.status == 504 and "Too large resource version" in future.value.body


def test_scale_status_and_logs_of_a_deployment(api: Any, space: str) -> None:
    typed, core = Typed(api, "Deployment", space), client.CoreV1Api(api)
    typed.call("create", clients.manifest("Deployment", "web", space))
    clients.until(lambda: typed.call("read", "web").status.available_replicas == 2)
    env = {"spec": {"template": {"spec": {"containers": [{"name": "web", "env": [{"name": "A", "value": "1"}]}]}}}}
    container = typed.call("patch", "web", env, _content_type=STRATEGIC).spec.template.spec.containers[0]
    assert (container.image, [entry.name for entry in container.env]) == ("nginx:1.25", ["A"])  # merged by name
    assert typed.call("patch", "web", {"spec": {"replicas": 3}}, below="_scale").spec.replicas == 3
    clients.until(lambda: typed.call("read", "web", below="_scale").status.replicas == 3)

    def noted() -> Any:
        deployment = typed.call("read", "web")
        deployment.status.conditions.append(client.V1DeploymentCondition(type="Reviewed", status="True"))
        deployment.spec.replicas = 9  # not to be taken from here
        return typed.call("replace", "web", deployment, below="_status")

    replaced = clients.retried(noted, client.ApiException)
    assert (replaced.status.conditions[-1].type, replaced.spec.replicas) == ("Reviewed", 3)
    running = {"label_selector": "app=web", "field_selector": "status.phase=Running"}  # the others may have no node yet
    pod = clients.until(lambda: core.list_namespaced_pod(space, **running).items)[0].metadata.name
    assert core.read_namespaced_pod_log(pod, space, container="web") == clients.NO_LOG + "\n"
    stamped = core.read_namespaced_pod_log(pod, space, timestamps=True, tail_lines=1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z " + re.escape(clients.NO_LOG) + "\n", stamped)
    assert typed.call("delete", "web", propagation_policy="Foreground")["metadata"]["finalizers"] == ["foregroundDeletion"]
    clients.until(lambda: not core.list_namespaced_pod(space, label_selector="app=web").items)


def test_the_dynamic_client(api: Any, space: str) -> None:
    found = dynamic.DynamicClient(api)
    maps = found.resources.get(api_version="v1", kind="ConfigMap")
    made = maps.server_side_apply(body=clients.manifest("ConfigMap", "dynamic", space), namespace=space, field_manager="dynamic")
    assert made.data.to_dict() == {"color": "blue"}
    assert maps.patch(name="dynamic", namespace=space, body={"data": {"color": "red"}}, content_type=MERGE).data.color == "red"
    deployments = found.resources.get(api_version="apps/v1", kind="Deployment")
    assert {"scale", "status"} <= set(deployments.subresources)
    assert maps.delete(name="dynamic", namespace=space).status == "Success"


def test_a_service_account_may_what_it_is_granted(served: Served, api: Any, space: str) -> None:
    core, rbac = client.CoreV1Api(api), client.RbacAuthorizationV1Api(api)
    core.create_namespaced_service_account(space, {"metadata": {"name": "robot"}})
    request = client.AuthenticationV1TokenRequest(spec=client.V1TokenRequestSpec(audiences=[], expiration_seconds=3600))
    token = core.create_namespaced_service_account_token("robot", space, request).status.token
    configuration = client.Configuration()
    config.load_kube_config(served.kubeconfig, client_configuration=configuration)
    configuration.cert_file = configuration.key_file = None
    configuration.api_key = {"authorization": f"Bearer {token}"}
    configuration.api_key_prefix = {}
    with client.ApiClient(configuration) as robot:
        own = client.CoreV1Api(robot)
        me = client.AuthenticationV1Api(robot).create_self_subject_review({}).status.user_info
        assert me.username == f"system:serviceaccount:{space}:robot"
        with pytest.raises(client.ApiException) as refused:
            own.list_namespaced_config_map(space)
        assert refused.value.status == 403
        assert f'configmaps is forbidden: User \\"system:serviceaccount:{space}:robot\\" cannot list resource \\"configmaps\\"' in refused.value.body
        rbac.create_namespaced_role(space, {"metadata": {"name": "reader"}, "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]}]})
        rbac.create_namespaced_role_binding(space, {
            "metadata": {"name": "robot-reads"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
            "subjects": [{"kind": "ServiceAccount", "name": "robot", "namespace": space}],
        })  # fmt: skip
        assert "kube-root-ca.crt" in [item.metadata.name for item in own.list_namespaced_config_map(space).items]
        with pytest.raises(client.ApiException) as still:
            own.create_namespaced_config_map(space, {"metadata": {"name": "x"}})
        assert still.value.status == 403
        core.delete_namespaced_service_account("robot", space)
        with pytest.raises(client.ApiException) as unknown:
            own.list_namespaced_config_map(space)
        assert unknown.value.status == 401
