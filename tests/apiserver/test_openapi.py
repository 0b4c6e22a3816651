"""OpenAPI: against the recorded documents of Kubernetes v1.33, with the real kubectl, and as documents of their own."""

import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minikube_py.apiserver import discovery
from minikube_py.apiserver.handlers import delete
from minikube_py.apiserver.openapi import components, documents, paths, prose
from minikube_py.apiserver.openapi.documents import Documents
from minikube_py.machinery import scheme
from minikube_py.machinery.scheme import Resource, Subresource
from tests.machinery.protobuf import kubectlstub, record

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "openapi-v3-1.33.tar.xz"
BUILTIN = documents.Documents(scheme.builtin())
ROOT = json.loads(BUILTIN.root())["paths"]
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}
"""


def v3(path: str, made: Documents = BUILTIN) -> Any:
    body = made.v3(path)
    assert body is not None
    return json.loads(body)


def without_prose(node: Any) -> Any:
    """Return a schema without descriptions; an allOf of one reference is that reference."""
    if isinstance(node, list):
        return [without_prose(item) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: without_prose(value) for key, value in node.items() if key != "description" or not isinstance(value, str)}
    return out["allOf"][0] if list(out) == ["allOf"] and len(out["allOf"]) == 1 else out


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    """Return path -> document, without prose."""
    if not RECORDED.exists():
        pytest.skip("the recorded OpenAPI documents are not beside the checkout")
    found = {}
    with tarfile.open(RECORDED) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None and member.name.endswith("_openapi.json"):
                name = Path(member.name).name.removesuffix("_openapi.json").replace("__", "/")
                found[name] = without_prose(json.load(file))
    return found


# Facts that only Go's sources have, for readers that nobody ships.
UNIONS = {"AppArmorProfile", "SeccompProfile", "LimitResponse", "PriorityLevelConfigurationSpec", "Subject"}


@pytest.mark.parametrize("path", ROOT)
def test_schemas_are_as_recorded(path: str, recorded: dict[str, Any]) -> None:
    ours, theirs = without_prose(v3(path))["components"]["schemas"], recorded[path]["components"]["schemas"]
    assert set(ours) == set(theirs)
    for name, schema in theirs.items():
        expected = dict(schema)
        if name.rpartition(".")[2] in UNIONS:
            expected.pop("x-kubernetes-unions", None)
        if name.endswith(("v1.DeleteOptions", "v1.WatchEvent")):  # of every group version, ours are fewer
            ours[name].pop("x-kubernetes-group-version-kind")
            expected.pop("x-kubernetes-group-version-kind")
        assert (name, ours[name]) == (name, expected)


@pytest.mark.parametrize("path", ROOT)
def test_operations_are_as_recorded(path: str, recorded: dict[str, Any]) -> None:
    """All but the deprecated paths of /watch/; content types are our own."""
    assert facts(without_prose(v3(path))) == facts(recorded[path])


def facts(document: Any) -> dict[tuple[str, str], Any]:
    found = {}
    for path, item in document["paths"].items():
        if "/watch/" in path:
            continue
        shared = item.get("parameters", [])
        for method, operation in item.items():
            if method == "parameters":
                continue
            taken = [json.dumps(parameter, sort_keys=True) for parameter in (*shared, *operation.get("parameters", []))]
            body = operation.get("requestBody", {"content": {}})
            answers = {code: shapes(answer.get("content", {})) for code, answer in operation["responses"].items()}
            kept = {key: operation.get(key) for key in ("operationId", "tags", "x-kubernetes-action", "x-kubernetes-group-version-kind")}
            found[path, method] = (kept, sorted(taken), shapes(body["content"]), body.get("required"), answers)
    return found


def shapes(content: Any) -> set[str]:
    return {json.dumps(media["schema"], sort_keys=True) for media in content.values()}


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from references(item)


@pytest.mark.parametrize("path", ROOT)
def test_documents_are_whole(path: str) -> None:
    document = v3(path)
    assert document["openapi"] == "3.0.0"
    assert {name.removeprefix(components.PREFIX) for name in references(document)} <= set(document["components"]["schemas"])
    identifiers = [operation["operationId"] for item in document["paths"].values() for key, operation in item.items() if key != "parameters"]
    assert len(identifiers) == len(set(identifiers))
    for where, item in document["paths"].items():
        declared = {parameter["name"] for parameter in item.get("parameters", []) if parameter["in"] == "path"}
        assert declared == set(re.findall(r"\{(\w+)\}", where))


def test_root_tells_where_documents_are() -> None:
    known = scheme.builtin()
    assert set(ROOT) == {f"apis/{group}/{version}" if group else "api/v1" for group in known.groups() for version in known.versions(group)}
    assert ROOT["apis/apps/v1"] == {"serverRelativeURL": f"/openapi/v3/apis/apps/v1?hash={BUILTIN.digest('apis/apps/v1')}"}
    assert len({entry["serverRelativeURL"].partition("=")[2] for entry in ROOT.values()}) == len(ROOT)


@pytest.mark.parametrize("path", ["", "api/v2", "apis/apps", "apis/apps/v2", "apis/resource.k8s.io/v1beta1", "../api/v1"])
def test_what_is_not_there(path: str) -> None:
    assert BUILTIN.v3(path) is None
    assert BUILTIN.digest(path) is None


def test_documents_are_kept() -> None:
    assert BUILTIN.v3("apis/batch/v1") is BUILTIN.v3("apis/batch/v1")
    assert BUILTIN.v2() is BUILTIN.v2()


def test_patch_of_each_kind_says_that_fields_are_validated() -> None:
    """kubectl validates nothing itself where it finds this."""
    operation = v3("apis/apps/v1")["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert [parameter["name"] for parameter in operation["parameters"]] == ["dryRun", "fieldManager", "fieldValidation", "force"]
    assert operation["x-kubernetes-group-version-kind"] == {"group": "apps", "version": "v1", "kind": "Deployment"}
    assert list(operation["requestBody"]["content"]) == [
        "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml",
    ]  # fmt: skip


def test_deletes_answer_as_the_handler_does() -> None:
    kinds = {(resource.group, resource.kind) for resource in scheme.builtin() if (resource.group, resource.plural) in delete._RETURNED}
    assert kinds == paths._SHOWN_WHEN_DELETED


@pytest.mark.parametrize(
    ("group", "version", "naming"),
    [
        ("", "v1", ("CoreV1", "core_v1")), ("apps", "v1", ("AppsV1", "apps_v1")), ("example.com", "v1beta1", ("ExampleComV1beta1", "exampleCom_v1beta1")),
        ("rbac.authorization.k8s.io", "v1", ("RbacAuthorizationV1", "rbacAuthorization_v1")),
    ],
)  # fmt: skip
def test_names_of_group_versions(group: str, version: str, naming: tuple[str, str]) -> None:
    assert tuple(paths.Naming.of(group, version)) == naming


def widgets(group: str = "example.com") -> Resource:
    scale = Subresource("scale", "autoscaling", "v1", "Scale", ("get", "patch", "update"))
    verbs = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
    return Resource(group, "v1", "widgets", "Widget", "widget", True, (), (), verbs, {"scale": scale})


def test_custom_resources() -> None:
    known = scheme.builtin()
    known.add(widgets())
    given = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}, "kind": {"type": "string"}}}
    made = Documents(known, lambda resource: given if resource.kind == "Widget" else None)
    document = v3("apis/example.com/v1", made)
    schema = document["components"]["schemas"]["com.example.v1.Widget"]
    assert schema == {
        "type": "object",
        "properties": {
            "apiVersion": {"type": "string"}, "kind": {"type": "string"},
            "metadata": {"allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}]},
            "spec": given["properties"]["spec"],  # type: ignore[index]
        },
        "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Widget"}],
    }  # fmt: skip
    item = document["paths"]["/apis/example.com/v1/namespaces/{namespace}/widgets/{name}"]
    assert list(item["patch"]["requestBody"]["content"]) == ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"]
    assert item["get"]["operationId"] == "readExampleComV1NamespacedWidget"
    assert {name.removeprefix(components.PREFIX) for name in references(document)} <= set(document["components"]["schemas"])
    assert "io.k8s.api.autoscaling.v1.Scale" in document["components"]["schemas"]
    assert "com.example.v1.WidgetList" in json.loads(made.v2())["definitions"]


def test_documents_follow_what_is_served() -> None:
    known = scheme.builtin()
    schemas: list[dict[str, Any]] = [{"type": "object"}]
    made = Documents(known, lambda _: schemas[-1])
    assert made.v3("apis/example.com/v1") is None
    known.add(widgets())
    first, digest = made.v3("apis/example.com/v1"), made.digest("apis/example.com/v1")
    assert first is not None
    schemas.append({"type": "object", "properties": {"spec": {"type": "string"}}})
    assert made.digest("apis/example.com/v1") == digest
    made.forget()
    assert made.digest("apis/example.com/v1") != digest
    assert made.v3("apis/example.com/v1") != first


def test_custom_resources_without_a_schema() -> None:
    known = scheme.builtin()
    known.add(widgets("sub.k8s.io"))
    schema = v3("apis/sub.k8s.io/v1", Documents(known))["components"]["schemas"]["io.k8s.sub.v1.Widget"]
    assert schema["x-kubernetes-preserve-unknown-fields"] is True
    assert list(schema["properties"]) == ["apiVersion", "kind", "metadata"]


def test_v2() -> None:
    document = json.loads(BUILTIN.v2())
    assert document["swagger"] == "2.0"
    assert {name.removeprefix("#/definitions/") for name in references(document)} <= set(document["definitions"])
    assert len(document["paths"]) == sum(len(v3(path)["paths"]) for path in ROOT)
    spec = without_prose(document["definitions"]["io.k8s.api.apps.v1.DeploymentSpec"])
    assert spec["properties"]["strategy"] == {
        "$ref": "#/definitions/io.k8s.api.apps.v1.DeploymentStrategy", "x-kubernetes-patch-strategy": "retainKeys",
    }  # fmt: skip
    assert without_prose(document["definitions"]["io.k8s.apimachinery.pkg.api.resource.Quantity"]) == {"type": "string"}
    assert without_prose(document["definitions"]["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]) == {"type": "string", "format": "int-or-string"}
    post = document["paths"]["/api/v1/namespaces/{namespace}/pods"]["post"]
    assert post["parameters"][-1] == {"name": "body", "in": "body", "required": True, "schema": {"$ref": "#/definitions/io.k8s.api.core.v1.Pod"}}
    assert post["parameters"][0] == {"name": "dryRun", "in": "query", "type": "string", "uniqueItems": True}
    assert (post["consumes"], post["produces"]) == (["application/json"], ["application/json"])
    assert post["responses"]["201"] == {"description": "Created", "schema": {"$ref": "#/definitions/io.k8s.api.core.v1.Pod"}}


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("application/com.github.proto-openapi.spec.v2@v1.0+protobuf", True), ("application/com.github.proto-openapi.spec.v2.v1.0+protobuf, */*", True),
        ("application/json", False), ("*/*", False), ("", False), ("application/json, application/com.github.proto-openapi.spec.v2@v1.0+protobuf", False),
    ],
)  # fmt: skip
def test_who_gets_protobuf(accept: str, wanted: bool) -> None:
    assert documents.wants_protobuf(accept) is wanted


MODULE = '''# autogenerated module
@dataclass
class Deployment(DictMixin):
    r"""Deployment is a thing
      of two lines.

      And a paragraph.

      **parameters**

      * **spec** ``Optional[DeploymentSpec]`` - What is wanted, and
        how: **not** a field.

        * **other** is none either.
      * **status** ``dict`` - What is.
    """
    spec: 'Optional[DeploymentSpec]' = None


@dataclass
class Silent(DictMixin):
    x: 'str'
'''


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of models on the path, and nothing kept of the one that may be installed."""
    folder = tmp_path / "lightkube" / "models"
    folder.mkdir(parents=True)
    for cached in (prose._folder, prose._docstrings):
        cached.cache_clear()
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    yield folder
    for cached in (prose._folder, prose._docstrings):
        cached.cache_clear()


def test_prose_comes_from_docstrings(models: Path) -> None:
    (models / "apps_v1.py").write_text(MODULE)
    (models / "core_v1.py").write_text("")
    name = "io.k8s.api.apps.v1.Deployment"
    assert prose.describe(name) == "Deployment is a thing of two lines.\n\nAnd a paragraph."
    assert prose.describe(name, "spec") == "What is wanted, and how: **not** a field.\n\n* **other** is none either."
    assert prose.describe(name, "status") == "What is."
    assert [prose.describe(name, "x"), prose.describe("io.k8s.api.apps.v1.Silent"), prose.describe("io.k8s.api.batch.v1.Job")] == ["", "", ""]
    schema = components.schema(name, [], prose.describe)
    assert list(schema)[0] == "description"
    assert schema["properties"]["spec"] == {
        "description": "What is wanted, and how: **not** a field.\n\n* **other** is none either.",
        "allOf": [{"$ref": "#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec"}], "default": {},
    }  # fmt: skip
    assert prose.source() == "0"


def test_without_the_package_there_is_no_prose(models: Path) -> None:
    assert prose.source() == ""
    assert '"description":"' not in json.dumps(v3("apis/apps/v1", documents.Documents(scheme.builtin()))["components"]["schemas"], separators=(",", ":"))


@pytest.mark.parametrize("path", ["apis/apps/v1", "api/v1", "v2"])
def test_a_validator_is_content(path: str) -> None:
    validator = pytest.importorskip("openapi_spec_validator", reason="openapi-spec-validator is not installed")
    validator.validate(without_empty_defaults(json.loads(BUILTIN.v2()) if path == "v2" else v3(path)))


def without_empty_defaults(node: Any) -> Any:
    """Return a document without `default: {}`, which kube-apiserver has beside schemas that require fields."""
    if isinstance(node, dict):
        return {key: without_empty_defaults(value) for key, value in node.items() if not (key == "default" and value == {})}
    return [without_empty_defaults(item) for item in node] if isinstance(node, list) else node


@pytest.fixture(scope="module")
def stub() -> Iterator[kubectlstub.Stub]:
    routes = record.routes() | {"/openapi/v3": lambda _: ("application/json", BUILTIN.root())}
    for path in ROOT:
        routes[f"/openapi/v3/{path}"] = lambda _, path=path: ("application/json", BUILTIN.v3(path) or b"")  # type: ignore[misc]
    routes["/openapi/v2"] = v2_answer
    with kubectlstub.serving(routes, record.echo) as server:
        yield server


def v2_answer(accept: str) -> kubectlstub.Answer:
    return (documents.PROTOBUF_V2, BUILTIN.v2_protobuf()) if documents.wants_protobuf(accept) else ("application/json", BUILTIN.v2())


@pytest.mark.parametrize("version", ["1.28", "1.33"])
def test_kubectl_leaves_validation_to_the_server(stub: kubectlstub.Stub, tmp_path: Path, version: str) -> None:
    for command, manager in (("create", "kubectl-create"), ("apply", "kubectl-client-side-apply")):
        ran = stub.run(tmp_path, version, command, "-f", "-", stdin=DEPLOYMENT.replace("spec: {sel", "sepc: {sel", 1))
        assert (ran.code, ran.out, ran.err) == (0, "deployment.apps/web created\n", "")
        assert [sent.target for sent in ran.sent] == [f"/apis/apps/v1/namespaces/default/deployments?fieldManager={manager}&fieldValidation=Strict"]


@pytest.mark.parametrize("version", ["1.28", "1.33"])
def test_kubectl_explains(stub: kubectlstub.Stub, tmp_path: Path, version: str) -> None:
    ran = stub.run(tmp_path, version, "explain", "deployment.spec.strategy", "--recursive")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("GROUP:      apps\nKIND:       Deployment\nVERSION:    v1\n\nFIELD: strategy <DeploymentStrategy>\n")
    fields = "FIELDS:\n  rollingUpdate\t<RollingUpdateDeployment>\n    maxSurge\t<IntOrString>\n    maxUnavailable\t<IntOrString>\n  type\t<string>\n"
    assert fields in ran.out


@pytest.mark.parametrize("what", ["pod", "deployment", "ingress", "crd.metadata", "networkpolicy", "hpa", "storageclass"])
def test_kubectl_explains_the_same_of_the_recorded_documents(stub: kubectlstub.Stub, recorded: dict[str, Any], tmp_path: Path, what: str) -> None:
    routes = record.routes() | {"/openapi/v3": lambda _: ("application/json", BUILTIN.root())}
    for path in ROOT:
        routes[f"/openapi/v3/{path}"] = lambda _, path=path: ("application/json", json.dumps(recorded[path]).encode())  # type: ignore[misc]
    with kubectlstub.serving(routes, record.echo) as other:
        ran = [server.run(tmp_path / str(number), "1.33", "explain", what, "--recursive") for number, server in enumerate((stub, other))]
    shown = [one.out.partition("FIELDS:")[2].splitlines() for one in ran]
    assert [one.code for one in ran] == [0, 0]
    assert len(shown[0]) > 20
    assert shown[0] == shown[1]


def test_etag_of_a_document() -> None:
    assert discovery.etag(BUILTIN.v2()) == f'"{discovery.digest(BUILTIN.v2())}"'
