"""kctl create -f, and the generators: byte for byte what kubectl 1.33 prints."""

import json
from pathlib import Path

import pytest

from minikube_py.testing import Kctl
from tests.cli.commands.manifests import CONFIG_MAP

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  creationTimestamp: null
  labels:
    app: web
  name: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  strategy: {}
  template:
    metadata:
      creationTimestamp: null
      labels:
        app: web
    spec:
      containers:
      - command:
        - sh
        - -c
        - echo hi
        image: r.io/x/nginx:1.25
        name: nginx
        ports:
        - containerPort: 80
        resources: {}
status: {}
"""


def test_from_files(kctl: Kctl) -> None:
    assert kctl("create -f -", CONFIG_MAP) == "configmap/settings created\n"
    taken = 'Error from server (AlreadyExists): error when creating "STDIN": configmaps "settings" already exists\n'
    assert kctl.result("create -f -", CONFIG_MAP) == (1, "", taken)


def test_the_configuration_is_saved_when_asked_for(kctl: Kctl) -> None:
    kctl("create -f - --save-config", CONFIG_MAP)
    assert kctl("apply -f -", CONFIG_MAP) == "configmap/settings unchanged\n"


def test_objects_are_separated_in_yaml(kctl: Kctl) -> None:
    shown = kctl("create -f - --dry-run=client -o yaml", CONFIG_MAP + "---\n" + CONFIG_MAP)
    one = "apiVersion: v1\ndata:\n  color: blue\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: default\n"
    assert shown == one + "---\n" + one


def test_deployment(kctl: Kctl) -> None:
    assert kctl("create deployment web --image=r.io/x/nginx:1.25 --port=80 -r 3 --dry-run=client -o yaml -- sh -c 'echo hi'") == DEPLOYMENT
    assert kctl("create deploy web --image=nginx") == "deployment.apps/web created\n"
    assert kctl.result("create deploy web --image=nginx") == (1, "", 'error: failed to create deployment: deployments.apps "web" already exists\n')


def test_json_stands_in_the_order_of_the_fields(kctl: Kctl) -> None:
    text = kctl("create deployment web --image=nginx --dry-run=client -o json --save-config -n x")
    obj = json.loads(text)
    assert list(obj) == ["kind", "apiVersion", "metadata", "spec", "status"]
    assert list(obj["metadata"]) == ["name", "namespace", "creationTimestamp", "labels", "annotations"]
    (saved,) = obj["metadata"]["annotations"].values()
    assert saved == (
        '{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web","namespace":"x","creationTimestamp":null,"labels":{"app":"web"}},'
        '"spec":{"replicas":1,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"creationTimestamp":null,"labels":{"app":"web"}},'
        '"spec":{"containers":[{"name":"nginx","image":"nginx","resources":{}}]}},"strategy":{}},"status":{}}\n'
    )


def test_names_of_containers_are_made_fit(kctl: Kctl) -> None:
    names = kctl("create deployment web --image=a_b:1,c --dry-run=client -o jsonpath={.spec.template.spec.containers[*].name}").split()
    assert names[0].startswith("a-b-")
    assert (len(names[0]), names[1]) == (9, "c")


def test_namespace(kctl: Kctl) -> None:
    assert kctl("create ns team --dry-run=client -o yaml") == (
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  creationTimestamp: null\n  name: team\nspec: {}\nstatus: {}\n"
    )
    assert kctl("create namespace team") == "namespace/team created\n"
    assert kctl.result("create ns team") == (1, "", 'Error from server (AlreadyExists): namespaces "team" already exists\n')


def test_config_map(kctl: Kctl, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello\n")
    (tmp_path / "b.bin").write_bytes(b"\xff\xfe\x00")
    assert kctl(f"create cm conf --from-file={tmp_path} --from-literal=c=d=e --append-hash --dry-run=client -o yaml") == (
        "apiVersion: v1\nbinaryData:\n  b.bin: //4A\ndata:\n  a.txt: |\n    hello\n  c: d=e\nkind: ConfigMap\n"
        "metadata:\n  creationTimestamp: null\n  name: conf-6k8kh6d66f\n"
    )
    assert kctl("create configmap conf --from-literal=a=b") == "configmap/conf created\n"


def test_config_map_from_env_files(kctl: Kctl, tmp_path: Path) -> None:
    (tmp_path / "env").write_text("A=1\n# comment\n  B=x=y\n\nC\n")
    kctl.environment["C"] = "from outside"
    shown = kctl(f"create cm conf --from-env-file={tmp_path}/env --dry-run=client -o jsonpath={{.data}}")
    assert json.loads(shown) == {"A": "1", "B": "x=y", "C": "from outside"}


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("create", "must specify one of -f and -k"),
        ("create foo", "Unexpected args: [foo]\nSee 'kctl create -h' for help and examples"),
        ("create -f", "flag needs an argument: 'f' in -f\nSee 'kctl create --help' for usage."),
        ("create -f x --edit --raw=/api", "--raw and --edit are mutually exclusive"),
        ("create deployment", 'required flag(s) "image" not set'),
        ("create deployment --image=a", "exactly one NAME is required, got 0\nSee 'kctl create deployment -h' for help and examples"),
        ("create deployment x y --image=a", "exactly one NAME is required, got 2\nSee 'kctl create deployment -h' for help and examples"),
        ("create deployment x --image=a,b -- y", "cannot specify multiple --image options and command"),
        ("create deployment x --image=a -o foo --dry-run=client",
         'unable to match a printer suitable for the output format "foo", allowed formats are: '
         "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,yaml"),
        ("create cm x --from-literal=a", "invalid literal source a, expected key=value"),
        ("create cm x --from-literal=a=1 --from-literal=a=2",
         'cannot add key "a", another key by that name already exists in Data for ConfigMap "x"'),
        ("create cm x --from-file=no.such", "error reading no.such: no such file or directory"),
        ("create cm x --from-file=a=b=c", "key names or file paths cannot contain '='"),
        ("create cm x --from-env-file=a --from-literal=b=c", "from-env-file cannot be combined with from-file or from-literal"),
    ],
)  # fmt: skip
def test_what_makes_no_sense(kctl: Kctl, line: str, error: str) -> None:
    assert kctl.result(line) == (1, "", f"error: {error}\n")


def test_flags_before_the_kind(kctl: Kctl) -> None:
    assert kctl("create -o name --dry-run=client ns team") == "namespace/team\n"


def test_subjects_are_not_users_of_the_kubeconfig(kctl: Kctl) -> None:
    assert kctl("create clusterrolebinding owners --clusterrole=admin --user=ann --user=ben") == "clusterrolebinding.rbac.authorization.k8s.io/owners created\n"
    assert kctl("get clusterrolebinding owners -o jsonpath={.subjects[*].name}") == "ann ben"


def test_raw_objects_go_to_paths(kctl: Kctl) -> None:
    body = '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"raw"}}'
    assert json.loads(kctl("create --raw=/api/v1/namespaces/default/configmaps -f -", body))["metadata"]["name"] == "raw"
    missing = "Error from server (NotFound): the server could not find the requested resource\n"
    assert kctl.result("create --raw=/apis/none/v1/things -f -", body) == (1, "", missing)
    refused = "Error from server (MethodNotAllowed): the server does not allow this method on the requested resource\n"
    assert kctl.result("create --raw=/version -f -", body) == (1, "", refused)
    code, _, err = kctl.result("create --raw=/api/v1/namespaces/default/configmaps -f -", "{")
    assert (code, err.partition(":")[0]) == (1, "Error from server (BadRequest)")


def test_a_role_may_name_a_resource_by_the_beginning_of_its_group(kctl: Kctl) -> None:
    kctl("create role keeper --verb=get --resource=ingresses.networking")
    assert kctl("get role keeper -o jsonpath={.rules[0].apiGroups[0]}/{.rules[0].resources[0]}") == "networking.k8s.io/ingresses"
