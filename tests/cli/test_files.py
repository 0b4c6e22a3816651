"""What -f reads: paths, directories, URLs, standard input; documents, lists, and what is no object."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from minikube_py.cli import files
from minikube_py.machinery.errors import KctlError
from minikube_py.testing import Kctl

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "manifests"
    (root / "sub").mkdir(parents=True)
    for name, path in (("b", "b.yaml"), ("a", "a.yml"), ("j", "z.txt"), ("c", "sub/c.yaml")):
        (root / path).write_text(CONFIG_MAP % name)
    (root / "c.json").write_text('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"d"}}')
    return root


def test_directories_are_read_in_the_order_of_names(kctl: Kctl, folder: Path) -> None:
    assert kctl(f"create -f {folder} --dry-run=client -o name") == "configmap/a\nconfigmap/b\nconfigmap/d\n"


def test_subdirectories_are_read_when_asked_for(kctl: Kctl, folder: Path) -> None:
    assert kctl(f"create -R -f {folder} --dry-run=client -o name") == "configmap/a\nconfigmap/b\nconfigmap/d\nconfigmap/c\n"


def test_patterns_and_lists_of_files(kctl: Kctl, folder: Path) -> None:
    assert kctl(f"create -f {folder}/*.y*ml --dry-run=client -o name") == "configmap/a\nconfigmap/b\n"
    assert kctl(f"create -f {folder}/b.yaml,{folder}/z.txt --dry-run=client -o name") == "configmap/b\nconfigmap/j\n"


def test_paths_that_are_not_there(kctl: Kctl, folder: Path) -> None:
    assert kctl.result(f"create -f {folder}/no.yaml") == (1, "", f'error: the path "{folder}/no.yaml" does not exist\n')
    two = kctl.result(f"create -f {folder}/no.yaml -f {folder}/*.no")
    assert two == (1, "", f'the path "{folder}/no.yaml" does not exist\nthe path "{folder}/*.no" does not exist\n')
    inside = f"{folder}/b.yaml/x"
    assert kctl.result(f"create -f {inside}") == (1, "", f'error: the path "{inside}" cannot be accessed: stat {inside}: not a directory\n')


def test_a_directory_without_manifests(kctl: Kctl, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    text = f"error: error reading [{tmp_path}/empty]: recognized file extensions are [.json .yaml .yml]\n"
    assert kctl.result(f"apply -f {tmp_path}/empty") == (1, "", text)


def test_standard_input_once(kctl: Kctl) -> None:
    assert kctl("create -f - --dry-run=client", CONFIG_MAP % "x" + "---\n" + CONFIG_MAP % "z") == (
        "configmap/x created (dry run)\nconfigmap/z created (dry run)\n"
    )
    assert kctl.result("create -f - -f -") == (1, "", "error: standard input cannot be used for multiple arguments\n")


@pytest.mark.parametrize("text", ["", "\n", "---\n---\n", "# nothing\n", "null\n"])
def test_nothing_to_do(kctl: Kctl, text: str) -> None:
    assert kctl.result("apply -f -", text) == (1, "", "error: no objects passed to apply\n")
    assert kctl.result("create -f -", text) == (1, "", "error: no objects passed to create\n")


_INSIST = "if you choose to ignore these errors, turn validation off with --validate=false"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("metadata: {name: x}", f'error validating "STDIN": error validating data: [apiVersion not set, kind not set]; {_INSIST}'),
        ("kind: Pod", f'error validating "STDIN": error validating data: apiVersion not set; {_INSIST}'),
        ("[1]", f'error validating "STDIN": error validating data: invalid object to validate; {_INSIST}'),
        ("a: b: c", "error parsing STDIN: error converting YAML to JSON: yaml: mapping values are not allowed in this context"),
        ('{"kind":', "error parsing STDIN: unexpected EOF"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: 5}",
         'unable to decode "STDIN": json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string'),
        ("apiVersion: v1\nkind: Pod\nmetadata: x",
         'unable to decode "STDIN": json: cannot unmarshal string into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta'),
        ("apiVersion: v1\nkind: List\nitems: {}", f'error validating "STDIN": error validating data: invalid object to validate; {_INSIST}'),
        ("apiVersion: v1\nkind: PodList\nitems: {}",
         f'error validating "STDIN": error validating data: ValidationError(PodList.items): invalid type for io.k8s.api.core.v1.PodList.items: '
         f'got "map", expected "array"; {_INSIST}'),
        ("apiVersion: a/v1\nkind: BList\nitems: {}",
         'unable to decode "STDIN": json: cannot unmarshal object into Go struct field decodeList.items of type []json.RawMessage'),
    ],
)  # fmt: skip
def test_what_is_no_object(kctl: Kctl, text: str, error: str) -> None:
    assert kctl.result("create -f -", text) == (1, "", f"error: {error}\n")


def test_commands_that_do_not_validate_miss_the_kind(kctl: Kctl) -> None:
    text = "error: unable to decode \"STDIN\": Object 'Kind' is missing in '{\"metadata\":{\"name\":\"x\"}}'\n"
    assert kctl.result("delete -f -", "metadata: {name: x}") == (1, "", text)
    assert kctl.result("create -f - --validate=false", "metadata: {name: x}") == (1, "", text)


def test_unknown_kinds_do_not_stop_the_others(kctl: Kctl) -> None:
    manifest = "apiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nmetadata: {name: k}\n---\n" + CONFIG_MAP % "x"
    assert kctl.result("apply -f -", manifest) == (
        1,
        "configmap/x created\n",
        'error: resource mapping not found for name: "k" namespace: "" from "STDIN": no matches for kind "Kafka" in version '
        '"kafka.strimzi.io/v1beta2"\nensure CRDs are installed first\n',
    )


def test_lists_are_taken_apart(kctl: Kctl) -> None:
    items = "items:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- {apiVersion: v1, kind: Secret, metadata: {name: b}}\n"
    assert kctl("create -f - --dry-run=client", "apiVersion: v1\nkind: List\n" + items) == "configmap/a created (dry run)\nsecret/b created (dry run)\n"
    typed = "apiVersion: v1\nkind: ConfigMapList\nitems:\n- {metadata: {name: c}}\n"
    assert kctl("create -f - --dry-run=client", typed) == "configmap/c created (dry run)\n"


def test_what_lists_hold_that_is_no_object(kctl: Kctl) -> None:
    manifest = "apiVersion: v1\nkind: List\nitems:\n- {metadata: {name: c}}\n- {apiVersion: a/v1, kind: B, metadata: {name: b}}\n"
    assert kctl.result("create -f - --validate=false", manifest) == (
        1,
        "",
        "unable to get type info from the object \"*unstructured.Unstructured\": Object 'Kind' is missing in 'object has no kind field '\n"
        'unable to recognize no matches for kind "B" in version "a/v1"\n',
    )


def test_the_namespace_of_the_command_line_must_fit(kctl: Kctl) -> None:
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: a}\n"
    text = ('error: the namespace from the provided object "a" does not match the namespace "b". '
            "You must pass '--namespace=a' to perform this operation.\n")  # fmt: skip
    assert kctl.result("apply -n b -f -", manifest) == (1, "", text)
    assert kctl.result("get -n b -f -", manifest) == (1, "", text)


class _Handler(BaseHTTPRequestHandler):
    answers: list[tuple[int, str]] = []

    tag = ""
    asked: list[str | None] = []

    def do_GET(self) -> None:  # noqa: N802  (the name that http.server asks for)
        code, text = self.answers.pop(0)
        self.asked.append(self.headers.get("If-None-Match"))
        self.send_response(code)
        if self.tag:
            self.send_header("ETag", self.tag)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Be quiet."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_urls_are_tried_three_times_while_the_server_is_in_trouble(kctl: Kctl, server: str) -> None:
    _Handler.answers = [(500, ""), (503, ""), (200, CONFIG_MAP % "x")]
    assert kctl(f"create -f {server}/x.yaml --dry-run=client") == "configmap/x created (dry run)\n"


def test_a_page_with_a_tag_is_kept_until_it_changes(kctl: Kctl, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Handler, "tag", '"1"')
    monkeypatch.setattr(_Handler, "asked", [])
    _Handler.answers = [(200, CONFIG_MAP % "x"), (304, ""), (200, CONFIG_MAP % "z")]
    lines = [kctl(f"create -f {server}/x.yaml --dry-run=client") for _ in range(3)]
    assert lines == [f"configmap/{name} created (dry run)\n" for name in "xxz"]
    assert _Handler.asked == [None, '"1"', '"1"']


def test_pages_are_read_where_none_can_be_kept(kctl: Kctl, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Handler, "tag", '"1"')
    monkeypatch.setattr(_Handler, "asked", [])
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "cache").write_text("a file")
    _Handler.answers = [(200, CONFIG_MAP % "x"), (200, CONFIG_MAP % "z")]
    assert [kctl(f"create -f {server}/x.yaml --dry-run=client") for _ in range(2)] == [f"configmap/{name} created (dry run)\n" for name in "xz"]
    assert _Handler.asked == [None, None]


def test_a_missing_page_is_not_tried_again(kctl: Kctl, server: str) -> None:
    _Handler.answers = [(404, ""), (200, CONFIG_MAP % "x")]
    text = f'error: unable to read URL "{server}/x.yaml", server reported 404 Not Found, status code=404\n'
    assert kctl.result(f"create -f {server}/x.yaml") == (1, "", text)
    assert len(_Handler.answers) == 1


def test_nobody_listens(kctl: Kctl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as closed:
        port = closed.server_port
    text = f"The connection to the server 127.0.0.1:{port} was refused - did you specify the right host or port?\n"
    assert kctl.result(f"create -f http://127.0.0.1:{port}/x") == (1, "", text)


def test_a_kustomization_stands_alone() -> None:
    assert files.sources([], kustomize="dir") == [files.Source("dir", "kustomization")]
    with pytest.raises(KctlError, match="^only one of -f or -k can be specified$"):
        files.sources(["a"], kustomize="dir")
    with pytest.raises(KctlError, match="^the -k flag can't be used with -f or -R$"):
        files.sources([], kustomize="dir", recursive=True)


_NOT_READ = "couldn't get version/kind; json parse error: json: cannot unmarshal"
_TYPE_META = r'struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5", f"{_NOT_READ} number into Go value of type {_TYPE_META}"),
        ('{"kind": [], "apiVersion": 5}', f"{_NOT_READ} array into Go struct field .kind of type string"),
        ("kind: []\napiVersion: 5\n", f"{_NOT_READ} number into Go struct field .apiVersion of type string"),
        ('{"kind": "Pod", "apiVersion": "a/b/c"}', "unexpected GroupVersion string: a/b/c"),
        ('{"metadata": {}, "apiVersion": "v1"}', 'Object \'Kind\' is missing in \'{"metadata": {}, "apiVersion": "v1"}\''),
        ("metadata: {}\napiVersion: v1\n", "Object 'Kind' is missing in '{\"apiVersion\":\"v1\",\"metadata\":{}}'"),
        ('{"kind": "Pod"}', "Object 'apiVersion' is missing in '{\"kind\": \"Pod\"}'"),
        ('{"kind": "Pod", "apiVersion": "v1", "metadata": "x"}', "json: cannot unmarshal string into Go struct field Pod.metadata of type v1.ObjectMeta"),
    ],
)  # fmt: skip
def test_what_does_not_go_into_a_type(kctl: Kctl, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    assert kctl.result(f"set image -f {path} a=b --local") == (1, "", f'error: unable to decode "{path}": {said}\n')


def test_what_is_wrong_in_a_list_of_types(kctl: Kctl, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"kind":"List","apiVersion":"v1","items":[{"kind":"Pod","apiVersion":"v1","spec":7},{"kind":"Pod"}]}')
    said = "json: cannot unmarshal number into Go struct field Pod.spec of type v1.PodSpec\nObject 'apiVersion' is missing in '{\"kind\":\"Pod\"}'\n"
    assert kctl.result(f"set image -f {path} a=b --local") == (1, "", said)
    path.write_text('{"kind":"List","apiVersion":"v1","items":[{"kind":"X","apiVersion":"v1"}]}')
    unknown = 'no kind is registered for the type runtime.Unknown in scheme "pkg/scheme/scheme.go:28"'
    assert kctl.result(f"set image -f {path} a=b --local") == (1, "", f'unable to get type info from the object "*runtime.Unknown": {unknown}\n')


def test_an_api_version_that_is_no_text(kctl: Kctl) -> None:
    said = "json: cannot unmarshal number into Go struct field metadataOnlyObject.apiVersion of type string"
    assert kctl.result("label -f - a=b --local", '{"apiVersion": 5, "kind": "Pod"}') == (1, "", f'error: unable to decode "STDIN": {said}\n')


def test_what_cannot_be_read_is_told_of_where_it_stands(kctl: Kctl) -> None:
    text = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n---\n5\n---\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: b}\n"
    code, _, err = kctl.result("get -f - -o name", text)
    assert (code, [line.split()[0] for line in err.splitlines()]) == (1, ["Error", "unable", "Error"])


def test_a_kind_without_a_version_is_shown(kctl: Kctl) -> None:
    assert kctl.result("create -f - --dry-run=client --validate=false", "kind: Pod\nmetadata: {name: a}\n") == (0, "pod/a created (dry run)\n", "")
