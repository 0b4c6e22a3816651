"""kctl config, as transcripts. What is expected is what kubectl 1.33.1 says of the same files."""

import json
from pathlib import Path

import pytest

from minikube_py.kits import yaml
from minikube_py.testing import Kctl

ONE = {
    "apiVersion": "v1", "kind": "Config", "preferences": {}, "current-context": "one",
    "clusters": [
        {"name": "z", "cluster": {"server": "https://z", "certificate-authority": "ca.crt"}},
        {"name": "a", "cluster": {"server": "https://a", "certificate-authority-data": "Q0VSVA==", "insecure-skip-tls-verify": True}},
    ],
    "users": [
        {"name": "u", "user": {"client-certificate-data": "Q0VSVA==", "client-key-data": "S0VZ", "token": "tok", "username": "me", "password": "pw",
                               "as": "joe", "as-groups": ["g"]}},
        {"name": "f", "user": {"tokenFile": "/t"}},
    ],
    "contexts": [{"name": "one", "context": {"cluster": "z", "user": "u", "namespace": "ns"}}, {"name": "two", "context": {"cluster": "no", "user": "f"}}],
}  # fmt: skip
MINIFIED = """apiVersion: v1
clusters:
- cluster:
    certificate-authority: ca.crt
    server: https://z
  name: z
contexts:
- context:
    cluster: z
    namespace: ns
    user: u
  name: one
current-context: one
kind: Config
preferences: {}
users:
- name: u
  user:
    as: joe
    as-groups:
    - g
    client-certificate-data: DATA+OMITTED
    client-key-data: DATA+OMITTED
    password: REDACTED
    token: REDACTED
    username: me
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Return the path of a kubeconfig."""
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(ONE))
    return str(path)


def test_kctls_own_before_anything_was_done(kctl: Kctl, tmp_path: Path) -> None:
    assert kctl("config view") == """apiVersion: v1
clusters:
- cluster:
    server: kctl://minikube
  name: minikube
contexts:
- context:
    cluster: minikube
    namespace: default
    user: minikube
  name: minikube
current-context: minikube
kind: Config
preferences: {}
users:
- name: minikube
  user: {}
"""
    assert kctl("config current-context") == "minikube\n"
    assert kctl("config get-contexts") == "CURRENT   NAME       CLUSTER    AUTHINFO   NAMESPACE\n*         minikube   minikube   minikube   default\n"
    assert not (tmp_path / "home").exists()


def test_the_namespace_of_the_current_context(kctl: Kctl) -> None:
    assert kctl("config set-context --current --namespace=kube-system") == 'Context "minikube" modified.\n'
    assert kctl("get svc -o name") == "service/kube-dns\n"
    assert kctl("get svc -o name -n default") == "service/kubernetes\n"
    assert kctl.result("get jobs") == (0, "", "No resources found in kube-system namespace.\n")


def test_view(kctl: Kctl, file: str) -> None:
    assert kctl(f"config view --minify --kubeconfig {file}") == MINIFIED
    shown = json.loads(kctl(f"config view --minify -o json --kubeconfig {file}"))
    assert list(shown) == ["kind", "apiVersion", "preferences", "clusters", "users", "contexts", "current-context"]
    assert list(shown["users"][0]["user"]) == ["client-certificate-data", "client-key-data", "token", "as", "as-groups", "username", "password"]
    assert "token: tok\n" in kctl(f"config view --raw --kubeconfig {file}")
    assert kctl(["config", "view", "--kubeconfig", file, "-o", "jsonpath={.users[*].name} {.clusters[*].name}"]) == "f u a z"
    assert "certificate-authority-data: DATA+OMITTED" in kctl(f"config view --kubeconfig {file}")


def test_flattening_takes_the_content_of_files(kctl: Kctl, file: str, tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("CERT\n")
    text = kctl(f"config view --minify --flatten --kubeconfig {file}")
    assert "    certificate-authority-data: Q0VSVAo=\n    server: https://z\n" in text
    assert "    token: tok\n" in text
    (tmp_path / "ca.crt").unlink()
    expected = f"error: open {tmp_path}/ca.crt: no such file or directory\n"
    assert kctl.result(f"config view --minify --flatten --kubeconfig {file}") == (1, "", expected)


def test_a_file_that_is_not_there_is_empty(kctl: Kctl, tmp_path: Path) -> None:
    at = f"--kubeconfig {tmp_path}/new/file"
    assert kctl(f"config view {at}") == 'apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: ""\nkind: Config\npreferences: {}\nusers: null\n'
    assert kctl(f"config get-contexts {at}") == "CURRENT   NAME   CLUSTER   AUTHINFO   NAMESPACE\n"
    assert kctl(f"config get-contexts -o name {at}") == ""
    assert kctl.result(f"config current-context {at}") == (1, "", "error: current-context is not set\n")
    assert kctl(f"config set-context a --namespace=y {at}") == 'Context "a" created.\n'
    assert kctl.result(f"config set-context --current --namespace=y {at}") == (1, "", "error: no current context is set\n")
    assert kctl(f"config use-context a {at}") == 'Switched to context "a".\n'
    assert kctl(f"config get-contexts --no-headers {at}") == "*     a                 y\n"
    assert (tmp_path / "new" / "file").stat().st_mode & 0o777 == 0o600
    assert 'namespace: "y"' in kctl(f"config view {at}")


def test_lists(kctl: Kctl, file: str) -> None:
    at = f"--kubeconfig {file}"
    assert kctl(f"config get-contexts {at}") == (
        "CURRENT   NAME   CLUSTER   AUTHINFO   NAMESPACE\n*         one    z         u          ns\n          two    no        f          \n"
    )
    assert kctl(f"config get-contexts -o name {at}") == "one\ntwo\n"
    assert kctl(f"config get-clusters {at}") == "NAME\na\nz\n"
    assert kctl(f"config get-users {at}") == "NAME\nf\nu\n"
    assert kctl.result(f"config get-contexts two x y {at}") == (
        1, "CURRENT   NAME   CLUSTER   AUTHINFO   NAMESPACE\n          two    no        f          \n", "context x not found\ncontext y not found\n"
    )  # fmt: skip


def test_files_are_written_as_kubectl_writes_them(kctl: Kctl, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text('{"kind":"Config","apiVersion":"v1","preferences":{},"clusters":null,"users":null,"contexts":null,"current-context":""}')
    assert kctl.result(f"config current-context --kubeconfig {path}") == (1, "", "error: current-context is not set\n")
    assert kctl(f"config set-context c --namespace=n --kubeconfig {path}") == 'Context "c" created.\n'
    assert path.read_text() == """apiVersion: v1
clusters: null
contexts:
- context:
    cluster: ""
    namespace: "n"
    user: ""
  name: c
current-context: ""
kind: Config
preferences: {}
users: null
"""
    assert kctl(f"config view --kubeconfig {path}") == path.read_text()


def test_what_files_do_not_say(kctl: Kctl, tmp_path: Path) -> None:
    assert kctl.result(f"config view --merge=false --kubeconfig {tmp_path}/none") == (
        1, "", f"error: open {tmp_path}/none: no such file or directory\n")  # fmt: skip
    path = tmp_path / "twice"
    path.write_text('clusters: [{name: a, cluster: {extensions: [{name: e, extension: {a: 1}}]}}, {name: a}]')
    code, _, err = kctl.result(f"config view --kubeconfig {path}")
    assert (code, err.rpartition("list: ")[2]) == (1, "[{a {  false  []  false [{e {[123 34 97 34 58 49 125] <nil>}}]}} {a {  false  []  false []}}]\n")


def test_changes(kctl: Kctl, file: str) -> None:
    at = f"--kubeconfig {file}"
    assert kctl(f"config rename-context one new {at}") == 'Context "one" renamed to "new".\n'
    assert kctl(f"config current-context {at}") == "new\n"
    assert kctl(f"config set clusters.z.server https://q {at}") == 'Property "clusters.z.server" set.\n'
    assert kctl(f"config set clusters.z.insecure-skip-tls-verify true {at}") == 'Property "clusters.z.insecure-skip-tls-verify" set.\n'
    assert kctl(f"config set users.f.client-key-data S0VZ {at}") == 'Property "users.f.client-key-data" set.\n'
    assert kctl(f"config set users.my.dotted.name.client-key-data KEY --set-raw-bytes {at}") == 'Property "users.my.dotted.name.client-key-data" set.\n'
    assert kctl(f"config set current-context two {at}") == 'Property "current-context" set.\n'
    assert kctl(f"config unset contexts.new.namespace {at}") == 'Property "contexts.new.namespace" unset.\n'
    assert kctl(f"config unset clusters.a {at}") == 'Property "clusters.a" unset.\n'
    assert kctl(f"config unset clusters.nope {at}") == 'Property "clusters.nope" unset.\n'
    content = yaml.load(Path(file).read_text())
    assert content["clusters"] == [{"name": "z", "cluster": {"server": "https://q", "certificate-authority": "ca.crt", "insecure-skip-tls-verify": True}}]
    assert [entry["name"] for entry in content["users"]] == ["f", "my.dotted.name", "u"]
    assert content["users"][1]["user"] == {"client-key-data": "S0VZ"}
    assert content["contexts"][0] == {"name": "new", "context": {"cluster": "z", "user": "u"}}
    assert kctl(f"config unset contexts {at}") == 'Property "contexts" unset.\n'
    assert kctl(f"config unset current-context {at}") == 'Property "current-context" unset.\n'
    assert kctl(f"config get-contexts -o name {at}") == ""


def test_deletions(kctl: Kctl, file: str) -> None:
    at = f"--kubeconfig {file}"
    assert kctl(f"config delete-user u {at}") == f"deleted user u from {file}\n"
    assert kctl(f"config delete-cluster a {at}") == f"deleted cluster a from {file}\n"
    assert kctl(f"config delete-context two {at}") == f"deleted context two from {file}\n"
    assert kctl.result(f"config delete-context one {at}") == (
        0, f"deleted context one from {file}\n",
        'warning: this removed your active context, use "kctl config use-context" to select a different one\n',
    )  # fmt: skip
    for noun, plural in (("user", "users"), ("cluster", "clusters"), ("context", "contexts")):
        assert kctl.result(f"config delete-{noun} x {at}") == (1, "", f"error: cannot delete {noun} x, not in {file}\n")
        assert "x" not in [entry["name"] for entry in yaml.load(Path(file).read_text())[plural] or ()]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("use-context x", 'error: no context exists with the name: "x"'),
        ("use-context ''", "error: empty context names are not allowed"),
        ("rename-context x y", "error: cannot rename the context \"x\", it's not in FILE"),
        ("rename-context one two", 'error: cannot rename the context "one", the context "two" already exists in FILE'),
        ("rename-context one ''", "error: You must specify a new non-empty context name"),
        ("set-context", "error: you must specify a non-empty context name or --current"),
        ("set-context --current x", "error: you cannot specify both a context name and --current"),
        ("delete-user", "error: user to delete is required\nSee 'kctl config delete-user -h' for help and examples"),
        ("view x", "error: unexpected arguments: [x]\nSee 'kctl config view -h' for help and examples"),
        ("view -o foo", 'error: unable to match a printer suitable for the output format "foo", allowed formats are: go-template,go-template-file,'
                        "json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,yaml"),
        ("view --minify --context two", "error: cannot locate cluster no"),
        ("view --minify --context nope", "error: cannot locate context nope"),
        ("get-contexts -o json", "error: --output json is not available in kctl config get-contexts; resetting to default output format"),
        ("set foo.bar x", "error: unable to parse foo.bar after [] at api.Config"),
        ("set clusters.z.foo x", "error: unable to parse clusters.z.foo: clusters have no field foo"),
        ("set clusters.z.insecure-skip-tls-verify maybe", 'error: strconv.ParseBool: parsing "maybe": invalid syntax'),
        ("set clusters.z x", "error: clusters.z holds no single value: name one of its fields"),
        ("set clusters.z.server ''", "error: you cannot use set to unset a property"),
        ("unset contexts.nope.namespace", "error: current map key `nope` is invalid"),
        ("unset xx", "error: unable to parse xx after [] at api.Config"),
        ("viw", "error: unknown command \"viw\"\nSee 'kctl config -h' for help and examples"),
        ("view --nope", "error: unknown flag: --nope\nSee 'kctl config view --help' for usage."),
    ],
)  # fmt: skip
def test_refusals(kctl_less: Kctl, file: str, line: str, message: str) -> None:
    before = Path(file).read_text()
    assert kctl_less.result(f"config {line} --kubeconfig {file}") == (1, "", message.replace("FILE", file) + "\n")
    assert Path(file).read_text() == before


@pytest.fixture
def kctl_less(web: Kctl) -> Kctl:
    """Return kctl on a shared cluster, which these commands do not touch."""
    return web


@pytest.mark.parametrize("line", ["use-context", "use-context a b", "rename-context", "rename-context a", "set-context a b", "set a", "unset", "use"])
def test_the_wrong_number_of_arguments_gets_help(kctl_less: Kctl, line: str) -> None:
    code, out, err = kctl_less.result(f"config {line}")
    command = {"use": "use-context"}.get(line.split()[0], line.split()[0])
    assert (code, err) == (1, f"error: Unexpected args: [{' '.join(line.split()[1:])}]\n")
    assert out == kctl_less(f"config {command} --help")


def test_deleting_nothing_shows_help(kctl_less: Kctl) -> None:
    assert kctl_less("config delete-context") == kctl_less("help config delete-context")
    assert kctl_less("config delete-cluster a b") == kctl_less("config delete-cluster -h")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"a": [', "yaml: line 1: did not find expected node content"),
        ('{"clusters": {}}', "json: cannot unmarshal object into Go struct field Config.clusters of type []v1.NamedCluster"),
        ('{"users": [1]}', "json: cannot unmarshal number into Go struct field Config.users of type v1.NamedAuthInfo"),
        ('{"contexts": [{"name": "a", "context": {"cluster": 1}}]}',
         "json: cannot unmarshal number into Go struct field Context.contexts.context.cluster of type string"),
        ('{"current-context": 1}', "json: cannot unmarshal number into Go struct field Config.current-context of type string"),
        ('{"users": [{"name": "a", "user": {"exec": {"env": [{"name": 1}]}}}]}',
         "json: cannot unmarshal number into Go struct field ExecEnvVar.users.user.exec.env.name of type string"),
    ],
)
def test_damaged_files(kctl_less: Kctl, file: str, content: str, problem: str) -> None:
    Path(file).write_text(content)
    code, out, err = kctl_less.result(f"config view --kubeconfig {file}")
    assert (code, out, err) == (1, "", f'error: error loading config file "{file}": {problem}\n')
