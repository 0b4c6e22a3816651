"""kctl scale, patch, label, replace and run."""

import json
from typing import Any

import pytest

from minikube_py.testing import Kctl
from tests.cli.commands.manifests import CONFIG_MAP, DEPLOYMENT


@pytest.fixture
def web(kctl: Kctl) -> Kctl:
    kctl("apply -f -", DEPLOYMENT)
    return kctl


def manager(kctl: Kctl, what: str) -> list[str]:
    obj: dict[str, Any] = json.loads(kctl(f"get {what} -o json --show-managed-fields"))
    return [entry["manager"] for entry in obj["metadata"]["managedFields"]]


def test_scale(web: Kctl) -> None:
    assert web("scale deployment/web --replicas=3") == "deployment.apps/web scaled\n"
    assert len(web("get pods -o name").splitlines()) == 3
    assert web("scale deploy web --replicas=1 --timeout=1m -o name") == "deployment.apps/web\n"
    assert len(web("get pods -o name").splitlines()) == 1
    assert web("scale deploy --all --replicas=2 --dry-run=client") == "deployment.apps/web scaled (dry run)\n"
    assert web("scale deploy web --replicas=2 --dry-run=server") == "deployment.apps/web scaled (server dry run)\n"
    assert web("get deploy web -o jsonpath={.spec.replicas}") == "1"
    assert web("scale -f - --replicas=2", DEPLOYMENT) == "deployment.apps/web scaled\n"


def test_scale_under_conditions(web: Kctl) -> None:
    assert web.result("scale deploy web --replicas=5 --current-replicas=3") == (1, "", "error: Expected replicas to be 3, was 2\n")
    assert web("scale deploy web --replicas=5 --current-replicas=2") == "deployment.apps/web scaled\n"
    stale = web.result("scale deploy web --replicas=1 --resource-version=1")
    assert (stale.code, stale.err.startswith("error: Expected resource version to be 1, was ")) == (1, True)


def test_scale_goes_on_without_what_is_missing(web: Kctl) -> None:
    missing = 'Error from server (NotFound): deployments.apps "no" not found\n'
    assert web.result("scale deploy no web --replicas=1") == (1, "deployment.apps/web scaled\n", missing)
    assert web.result("scale deploy no --replicas=1") == (1, "", 'error: no objects passed to scale deployments.apps "no" not found\n')
    assert web.result("scale deploy web") == (1, "", 'error: required flag(s) "replicas" not set\n')
    assert web.result("scale deploy web --replicas=-1") == (
        1, "", "error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0\n")  # fmt: skip


def test_patch(web: Kctl) -> None:
    body = '{"spec":{"replicas":1}}'
    assert web(["patch", "deploy", "web", "-p", body]) == "deployment.apps/web patched\n"
    assert web(["patch", "deploy", "web", "-p", body]) == "deployment.apps/web patched (no change)\n"
    assert web(["patch", "deploy/web", "-p", "spec: {replicas: 2}", "--dry-run=server"]) == "deployment.apps/web patched\n"
    assert web(["patch", "deploy/web", "--type=merge", "--subresource=scale", "-p", '{"spec":{"replicas":2}}']) == "scale.autoscaling/web patched\n"
    operations = '[{"op":"replace","path":"/spec/replicas","value":3}]'
    assert web(["patch", "deploy/web", "--type=json", "-p", operations, "-o", "jsonpath={.spec.replicas}"]) == "3"
    assert "kubectl-patch" in manager(web, "deploy web")


@pytest.mark.parametrize(
    ("kind", "patch", "error"),
    [
        ("json", '[{"op":"test","path":"/data/color","value":"x"}]', "testing value /data/color failed: test failed"),
        ("json", '[{"op":"add","path":"/none/x","value":"x"}]', 'add operation does not apply: doc is missing path: "/none/x": missing value'),
        ("json", '[{"path":"/data/x"}]', "Unexpected kind: unknown"),
        ("json", "{}", "json: cannot unmarshal object into Go value of type jsonpatch.Patch"),
        ("merge", "[]", "json: cannot unmarshal array into Go value of type unstructured.detector"),
        ("merge", "null", "Invalid JSON Patch"),
        ("merge", '{"kind":null,"data":null,"metadata":null}', """Object 'Kind' is missing in '{"apiVersion":"v1"}'"""),
        ("strategic", "[]", "invalid JSON document"),
        ("strategic", '{"$patch":"bad"}', "unknown patch type: bad in map: map[$patch:bad]"),
    ],
)
def test_patches_of_files_that_do_not_apply(kctl: Kctl, kind: str, patch: str, error: str) -> None:
    assert kctl.result(["patch", "--local", "-f", "-", "--type", kind, "-p", patch], CONFIG_MAP) == (1, "", f"error: {error}\n")


@pytest.mark.parametrize("kind", ["json", "strategic"])
def test_a_patch_of_null_changes_nothing(kctl: Kctl, kind: str) -> None:
    assert kctl(["patch", "--local", "-f", "-", "--type", kind, "-p", "null", "-o", "name"], CONFIG_MAP) == "configmap/settings\n"


def test_annotations_that_were_none_are_shown_where_nothing_is_sent(kctl: Kctl) -> None:
    words = ["annotate", "--local", "-f", "-", "a-", "-o", "jsonpath={.metadata}"]
    assert kctl(words, CONFIG_MAP) == '{"annotations":{},"name":"settings"}'
    assert "annotations" not in kctl("annotate sa default a- -o yaml")
    assert kctl("annotate sa default a=b -o jsonpath={.metadata.annotations}") == '{"a":"b"}'
    assert "annotations" not in kctl("annotate sa default a- -o yaml")
    assert "annotations" not in kctl("get sa default -o yaml")


def test_patch_of_files_alone(kctl: Kctl) -> None:
    assert kctl(["patch", "--local", "-f", "-", "-p", '{"data":{"color":"red"}}', "-o", "yaml"], CONFIG_MAP) == (
        CONFIG_MAP.replace("blue", "red").replace("kind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  color: red\n",
                                                  "data:\n  color: red\nkind: ConfigMap\nmetadata:\n  name: settings\n")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["patch", "deploy", "web"], "error: must specify --patch or --patch-file containing the contents of the patch"),
        (["patch", "deploy", "web", "-p", "a", "--patch-file", "b"], "error: cannot specify --patch and --patch-file together"),
        (["patch", "deploy", "web", "-p", "a", "--type", "b"], 'error: --type must be one of [json merge strategic], not "b"'),
        (["patch", "deploy", "no", "-p", "{}"], 'Error from server (NotFound): deployments.apps "no" not found'),
        (["patch", "deploy", "web", "-p", "{a: b"],
         "Error from server (BadRequest): invalid character 'a' looking for beginning of object key string"),
        (["patch", "deploy", "web", "--patch-file", "no"], "error: unable to read patch file: open no: no such file or directory"),
    ],
)  # fmt: skip
def test_patches_that_make_no_sense(web: Kctl, words: list[str], error: str) -> None:
    assert web.result(words) == (1, "", error + "\n")


def test_label(web: Kctl) -> None:
    assert web("label deploy web tier=front") == "deployment.apps/web labeled\n"
    assert web("label deploy web tier=front") == "deployment.apps/web not labeled\n"
    assert web.result("label deploy web tier=back") == (1, "", "error: 'tier' already has a value (front), and --overwrite is false\n")
    assert web("label deploy web tier=back --overwrite") == "deployment.apps/web labeled\n"
    assert web("label deploy web --list") == "tier=back\n"
    assert manager(web, "deploy web")[-1] == "kubectl-label"
    assert web("label deploy web tier-") == "deployment.apps/web unlabeled\n"
    assert web("label pod -l app=web other-").splitlines()[0] == 'label "other" not found.'
    assert "kubectl-label" not in manager(web, "deploy web")  # it has nothing left


def test_label_many(web: Kctl) -> None:
    assert sorted(web("label pods -l app=web x=y -o name").splitlines()) == web("get pods -l x=y -o name").splitlines()
    assert web("label ns --all x=y --dry-run=client").splitlines()[0] == "namespace/default labeled (dry run)"
    assert web.result("label pods --all x=y --resource-version=1") == (1, "", "error: --resource-version may only be used with a single resource\n")
    assert web("label deploy,cm --all --list").startswith("Listing labels for Deployment.apps/web:\nListing labels for ConfigMap./kube-root-ca.crt:\n")


def test_label_only_an_unchanged_object(web: Kctl) -> None:
    stale = web.result("label deploy web x=y --resource-version=1")
    assert stale == (1, "", 'Error from server (Conflict): Operation cannot be fulfilled on deployments.apps "web": the object has been modified; '
                     "please apply your changes to the latest version and try again\n")  # fmt: skip


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("label", "one or more resources must be specified as <resource> <name> or <resource>/<name>"),
        ("label pods x", "at least one label update is required"),
        ("label pods x a=b y", "all resources must be specified before label changes: y"),
        ("label pods x a=b=c", "invalid label spec: a=b=c"),
        ("label pods x a=b a-", "can not both modify and remove a label in the same command"),
        ("label pods --all -l a=b c=d", "cannot set --all and --selector at the same time"),
        ("label --local a=b", "one or more files must be specified as -f pod.yaml or --filename=pod.json"),
    ],
)
def test_labels_that_make_no_sense(kctl: Kctl, line: str, error: str) -> None:
    assert kctl.result(line) == (1, "", f"error: {error}\n")


def test_replace(kctl: Kctl) -> None:
    kctl("create -f -", CONFIG_MAP)
    assert kctl("replace -f -", CONFIG_MAP.replace("blue", "red")) == "configmap/settings replaced\n"
    assert kctl("get cm settings -o jsonpath={.data.color}") == "red"
    assert manager(kctl, "cm settings") == ["kubectl-create", "kubectl-replace"]
    missing = 'Error from server (NotFound): error when replacing "STDIN": configmaps "missing" not found\n'
    assert kctl.result("replace -f -", CONFIG_MAP.replace("settings", "missing")) == (1, "", missing)


def test_replace_refuses_stale_objects(kctl: Kctl) -> None:
    kctl("create -f -", CONFIG_MAP)
    stale = CONFIG_MAP.replace("  name: settings", '  name: settings\n  resourceVersion: "1"')
    assert kctl.result("replace -f -", stale).err.startswith('Error from server (Conflict): error when replacing "STDIN": Operation cannot be')


def test_replace_by_force(web: Kctl) -> None:
    before = web("get deploy web -o jsonpath={.metadata.uid}")
    assert web("replace --force -f -", DEPLOYMENT) == 'deployment.apps "web" deleted\ndeployment.apps/web replaced\n'
    assert web("get deploy web -o jsonpath={.metadata.uid}") != before
    assert web.result("replace -f - --grace-period=3", "").err == "error: --grace-period must have --force specified\n"


def test_run(kctl: Kctl) -> None:
    assert kctl("run web --image=nginx --port=80 --expose") == "service/web created\npod/web created\n"
    assert kctl("get pod web -o jsonpath={.status.phase}") == "Running"
    assert kctl("get svc web -o jsonpath={.spec.selector}") == '{"run":"web"}'
    assert "kubectl-run" in manager(kctl, "pod web")
    assert kctl.result("run web --image=nginx") == (1, "", 'Error from server (AlreadyExists): pods "web" already exists\n')


def test_run_shows_a_pod(kctl: Kctl) -> None:
    assert kctl("run web --image=nginx --env=A=b --restart=Never --dry-run=client -o yaml -- sleep 1") == """apiVersion: v1
kind: Pod
metadata:
  creationTimestamp: null
  labels:
    run: web
  name: web
spec:
  containers:
  - args:
    - sleep
    - "1"
    env:
    - name: A
      value: b
    image: nginx
    name: web
    resources: {}
  dnsPolicy: ClusterFirst
  restartPolicy: Never
status: {}
"""


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("run", 'required flag(s) "image" not set'),
        ("run --image=a", "NAME is required for run\nSee 'kctl run -h' for help and examples"),
        ("run x --image=A_b", 'Invalid image name "A_b": invalid reference format'),
        ("run x --image=a --restart=Often", "invalid restart policy: Often\nSee 'kctl run -h' for help and examples"),
        ("run x --image=a --expose", "--port must be set when exposing a service\nSee 'kctl run -h' for help and examples"),
        ("run x --image=a --rm", "--rm should only be used for attached containers\nSee 'kctl run -h' for help and examples"),
        ("run x --image=a --env=1=2", "invalid env: 1=2"),
    ],
)
def test_runs_that_make_no_sense(kctl: Kctl, line: str, error: str) -> None:
    assert kctl.result(line) == (1, "", f"error: {error}\n")
