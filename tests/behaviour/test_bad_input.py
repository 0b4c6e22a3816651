"""What is wrong is said once, in kubectl's words, with exit code 1; nothing is written, or only whole objects, and nobody sees a traceback."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minikube_py.testing import Result
from tests.behaviour import homes
from tests.behaviour.homes import Desk
from tests.printers import oracle

HEAD = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: %s}\n"
FILE = "FILE"  # stands for the file's path in what is expected
SUBDOMAIN = ("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
             "alphanumeric character (e.g. 'example.com', "
             "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')")  # fmt: skip
VALIDATING = ('error: error validating "FILE": error validating data: %s; if you choose to ignore these errors, '
              "turn validation off with --validate=false\n")  # fmt: skip
LONG = "a" * 300


def bomb(levels: int) -> str:
    """Return a document whose aliases stand for 9 ** levels strings."""
    lines = ['a: &a ["lol"]']
    for level in range(levels):
        old, new = chr(ord("a") + level), chr(ord("b") + level)
        lines.append(f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]")
    return HEAD % "bomb" + "\n".join(lines) + "\n"


# Texts that are no YAML, or nothing that could be an object: kubectl says the same without any server.
UNREADABLE: dict[str, tuple[str | bytes, str]] = {
    "tab": ("a: b\n\tc: d\n", "error parsing FILE: error converting YAML to JSON: yaml: line 2: found a tab character that violates indentation"),
    "indent": (HEAD % "a" + " b: c\n", "error parsing FILE: error converting YAML to JSON: yaml: line 3: did not find expected key"),
    "quote": ('kind: "ConfigMap\n', "error parsing FILE: error converting YAML to JSON: yaml: line 2: found unexpected end of stream"),
    "binary": (bytes(range(256)) * 9, "error parsing FILE: error converting YAML to JSON: yaml: control characters are not allowed"),
    "nul": (HEAD % '"a\0"', "error parsing FILE: error converting YAML to JSON: yaml: control characters are not allowed"),
    "bomb": (bomb(8), "error parsing FILE: error converting YAML to JSON: yaml: document contains excessive aliasing"),
    "deep JSON": ("{a: " * 20_000 + "1" + "}" * 20_000, "error parsing FILE: json: offset 2: invalid character 'a' looking for beginning of object key string"),
    "text": ("just words\n", 'unable to decode "FILE": json: cannot unmarshal string into Go value of type unstructured.detector'),
    "list": ("- a\n- b\n", 'unable to decode "FILE": json: cannot unmarshal array into Go value of type unstructured.detector'),
    "no kind": ("apiVersion: v1\n", "unable to decode \"FILE\": Object 'Kind' is missing in '{\"apiVersion\":\"v1\"}'"),
    "empty": ("", "no objects passed to create"),
    "blank": ("---\n# nothing\n---\n", "no objects passed to create"),
}

# Objects that cannot be stored.
REFUSED: dict[str, tuple[str, str]] = {
    "deep": (HEAD % "a" + "data: " + "[" * 20_000 + "]" * 20_000,
             "error: error parsing FILE: error converting YAML to JSON: yaml: line 4: exceeded max depth of 200\n"),
    "unknown kind": ("kind: Nonsense\napiVersion: v1\nmetadata: {name: a}\n",
                     'error: resource mapping not found for name: "a" namespace: "" from "FILE": no matches for kind "Nonsense" in version "v1"\n'
                     "ensure CRDs are installed first\n"),
    "unknown group": ("kind: Deployment\napiVersion: extensions/v1beta1\nmetadata: {name: a, namespace: b}\n",
                      'error: resource mapping not found for name: "a" namespace: "b" from "FILE": no matches for kind "Deployment" in version '
                      '"extensions/v1beta1"\nensure CRDs are installed first\n'),
    "unknown fields": (HEAD % "a" + "dota: {}\nmore: 1\n",
                       'Error from server (BadRequest): error when creating "FILE": ConfigMap in version "v1" cannot be handled as a ConfigMap: '
                       'strict decoding error: unknown field "dota", unknown field "more"\n'),
    "wrong type": (HEAD % "a" + "data: {a: 1}\n",
                   'Error from server (BadRequest): error when creating "FILE": ConfigMap in version "v1" cannot be handled as a ConfigMap: '
                   "json: cannot unmarshal number into Go struct field ConfigMap.data of type string\n"),
    "upper case": (HEAD % "Web", f'The ConfigMap "Web" is invalid: metadata.name: Invalid value: "Web": {SUBDOMAIN}\n'),
    "dots": (HEAD % "..", f'The ConfigMap ".." is invalid: metadata.name: Invalid value: "..": {SUBDOMAIN}\n'),
    "slash": (HEAD % "a/b", f'The ConfigMap "a/b" is invalid: metadata.name: Invalid value: "a/b": {SUBDOMAIN}\n'),
    "percent": (HEAD % '"%2f"', f'The ConfigMap "%2f" is invalid: metadata.name: Invalid value: "%2f": {SUBDOMAIN}\n'),
    "long": (HEAD % LONG, f'The ConfigMap "{LONG}" is invalid: metadata.name: Invalid value: "{LONG}": must be no more than 253 characters\n'),
    "escape": (HEAD % '"a\\e[31mb"', f'The ConfigMap "a\\x1b[31mb" is invalid: metadata.name: Invalid value: "a\\x1b[31mb": {SUBDOMAIN}\n'),
    "newline": (HEAD % '"a\\nb"', f'The ConfigMap "a\\nb" is invalid: metadata.name: Invalid value: "a\\nb": {SUBDOMAIN}\n'),
    "no name": ("kind: ConfigMap\napiVersion: v1\n",
                'The ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required\n'),
    "no list": ("- a\n- b\n", VALIDATING % "invalid object to validate"),
    "no kind": ("apiVersion: v1\n", VALIDATING % "kind not set"),
    "no version": ("kind: ConfigMap\nmetadata: {name: a}\n", VALIDATING % "apiVersion not set"),
    "missing namespace": ("kind: ConfigMap\napiVersion: v1\nmetadata: {name: a, namespace: nowhere}\n",
                          'Error from server (NotFound): error when creating "FILE": namespaces "nowhere" not found\n'),
    "namespace with slash": ("kind: ConfigMap\napiVersion: v1\nmetadata: {name: a, namespace: ../b}\n",
                             'error: error when creating "FILE": invalid namespace "../b": [may not contain \'/\']\n'),
    "huge": (HEAD % "a" + f'data: {{a: "{"x" * 3_200_000}"}}\n',
             'Error from server (RequestEntityTooLarge): error when creating "FILE": Request entity too large: limit is 3145728\n'),
    "big": (HEAD % "a" + f'data: {{a: "{"x" * 1_100_000}"}}\n', 'The ConfigMap "a" is invalid: []: Too long: may not be more than 1048576 bytes\n'),
}  # fmt: skip

# Command lines that make no sense, and what is said.
LINES: dict[str, str] = {
    "get nonsense": "error: the server doesn't have a resource type \"nonsense\"\n",
    "get configmap ''": "error: resource name may not be empty\n",
    "delete configmap ''": "error: resource name may not be empty\n",
    "get configmap ..": "error: invalid resource name \"..\": [may not be '..']\n",
    "get configmap %2f": "error: invalid resource name \"%2f\": [may not contain '%']\n",
    "get configmap 'a\x1b[31mb'": 'Error from server (NotFound): configmaps "a\\x1b[31mb" not found\n',
    f"get configmap {LONG}": f'Error from server (NotFound): configmaps "{LONG}" not found\n',
    "get pods/a/b": "error: arguments in resource/name form may not have more than one slash\n",
    "get pods/": "error: arguments in resource/name form must have a single resource and name\n",
    "get pods -n ../x": "error: invalid namespace \"../x\": [may not contain '/']\n",
    "get pods --nonsense": "error: unknown flag: --nonsense\nSee 'kctl get --help' for usage.\n",
    "get pods -Y": "error: unknown shorthand flag: 'Y' in -Y\nSee 'kctl get --help' for usage.\n",
    "get pods -o jsonpath={.a": "error: error parsing jsonpath {.a, unclosed action\n",
    "get pods -l 'a in'": "Error from server (BadRequest): Unable to find \"/v1, Resource=pods\" that match label selector \"a in\", field selector \"\": "
                          "unable to parse requirement: found '' expected: '('\n",
    "get pods --field-selector x=y": 'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector '
                                     '"x=y": field label not supported: x\n',
    "apply": "error: must specify one of -f and -k\n",
    "apply -f": "error: flag needs an argument: 'f' in -f\nSee 'kctl apply --help' for usage.\n",
    "apply -f nowhere.yaml": 'error: the path "nowhere.yaml" does not exist\n',
    "apply -f nowhere/": 'error: the path "nowhere/" does not exist\n',
    "scale deployment web": 'error: required flag(s) "replicas" not set\n',
    "scale deployment web --replicas=-1": "error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0\n",
    "scale deployment web --replicas=b": 'error: invalid argument "b" for "--replicas" flag: strconv.ParseInt: parsing "b": invalid syntax\n'
                                         "See 'kctl scale --help' for usage.\n",
    "scale deployment web --replicas=2": 'error: no objects passed to scale deployments.apps "web" not found\n',
    "delete pod web": 'Error from server (NotFound): pods "web" not found\n',
    "create namespace default": 'Error from server (AlreadyExists): namespaces "default" already exists\n',
    "create deployment web": 'error: required flag(s) "image" not set\n',
    "describe pod web": 'Error from server (NotFound): pods "web" not found\n',
    "patch configmap kube-root-ca.crt -p '{'": "Error from server (BadRequest): unexpected end of JSON input\n",
    "get pods --context nowhere": "Error in configuration: context was not found for specified context: nowhere\n",
    "nonsense": 'error: unknown command "nonsense" for "kctl"\n',
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(one_node: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A cluster that nothing in this module may change."""
    with homes.opened(homes.copy(one_node, tmp_path_factory.mktemp("bad") / "home")) as opened:
        opened.cluster.settle()
        yield opened


def assert_refused(desk: Desk, expected: str, *words: str, stdin: str = "") -> None:
    """Assert that a command fails with a message, says nothing else and writes nothing."""
    revision = desk.cluster.backend.revision()
    assert desk.result(*words, stdin=stdin) == (1, "", expected)
    assert desk.cluster.backend.revision() == revision


def write(path: Path, text: str | bytes) -> Path:
    """Write a file."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable_files(case: str, desk: Desk, tmp_path: Path) -> None:
    text, expected = UNREADABLE[case]
    path = str(write(tmp_path / "x.yaml", text))
    assert_refused(desk, f"error: {expected.replace(FILE, path)}\n", "create", "--validate=false", "-f", path)


@pytest.mark.parametrize("case", UNREADABLE)
def test_kubectl_says_so_too(case: str, tmp_path: Path) -> None:
    kubectl = oracle.kubectl()
    text, expected = UNREADABLE[case]
    path = str(write(tmp_path / "x.yaml", text))
    said = oracle.run([kubectl, "create", "--dry-run=client", "--validate=false", "--kubeconfig", os.devnull, "-f", path])
    assert said == ("", f"error: {expected.replace(FILE, path)}\n")


@pytest.mark.parametrize("case", REFUSED)
def test_refused_objects(case: str, desk: Desk, tmp_path: Path) -> None:
    text, expected = REFUSED[case]
    path = str(write(tmp_path / "x.yaml", text))
    assert_refused(desk, expected.replace(FILE, path), "create", "-f", path)


@pytest.mark.parametrize("line", LINES)
def test_lines_that_make_no_sense(line: str, desk: Desk) -> None:
    import shlex

    assert_refused(desk, LINES[line], *shlex.split(line))


def test_the_rest_of_a_file_is_applied(one_node: Path, tmp_path: Path) -> None:
    """An object that is refused does not keep the others of its file out."""
    text = "---\n".join([HEAD % "first", "kind: Nonsense\napiVersion: v1\nmetadata: {name: a}\n", HEAD % "Second", HEAD % "third"])
    with homes.opened(homes.copy(one_node, tmp_path / "home")) as desk:
        code, out, err = desk.result("apply", "-f", "-", stdin=text)
        assert (code, out) == (1, "configmap/first created\nconfigmap/third created\n")
        assert err == ('resource mapping not found for name: "a" namespace: "" from "STDIN": no matches for kind "Nonsense" in version "v1"\n'
                       "ensure CRDs are installed first\n"
                       'Error from server (Invalid): error when creating "STDIN": ConfigMap "Second" is invalid: metadata.name: Invalid value: '
                       f'"Second": {SUBDOMAIN}\n')  # fmt: skip


ESCAPES = r"""
kind: ConfigMap
apiVersion: v1
metadata: {name: a, annotations: {note: "x\e[31my\rz"}}
data: {key: "x\e[2Jy\rz"}
---
kind: Pod
apiVersion: v1
metadata: {name: a, annotations: {kctl.dev/dryrun-image-pull-error: "*"}}
spec: {containers: [{name: main, image: "x\e[31my", command: ["\e[2J"]}]}
"""


def test_what_objects_hold_commands_no_terminal(one_node: Path, tmp_path: Path) -> None:
    """As in kubectl since CVE-2021-25743; templates (jsonpath, go-template) print what there is."""
    with homes.opened(homes.copy(one_node, tmp_path / "home")) as desk:
        desk("apply", "-f", "-", stdin=ESCAPES)
        outputs = {line: desk(*line.split()) for line in (
            "describe configmap a", "describe pod a", "get events", "get pods -o wide", "get configmap a -o custom-columns=KEY:.data.key",
            "get configmap a -o yaml", "get configmap a -o json",
        )}  # fmt: skip
        assert [line for line, text in outputs.items() if "\x1b" in text or "\r" in text] == []
        assert "Annotations:  note: x^[[31my\\rz\n" in outputs["describe configmap a"]
        assert outputs["get configmap a -o custom-columns=KEY:.data.key"] == "KEY\nx^[[2Jy\\rz\n"
        assert desk("get", "configmap", "a", "-o", "jsonpath={.data.key}") == "x\x1b[2Jy\rz"


def assert_clear(result: Result) -> str:
    """Assert that a process failed with one line, and return that."""
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: ") and result.err.count("\n") == 1, result.err
    assert "Traceback" not in result.err
    assert "internal error" not in result.err
    return result.err


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    home = write(tmp_path / "home", "text")
    assert assert_clear(homes.run(home, "get", "pods")) == f'error: error loading config file "{home}/config": open {home}/config: not a directory\n'
    assert home.read_text() == "text"


def test_a_home_that_cannot_be_made() -> None:
    """Nobody, not even root, makes a folder below /proc."""
    assert assert_clear(homes.run("/proc/kctl", "get", "pods")) == "error: cannot create /proc/kctl/clusters: No such file or directory\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_is_read_only(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert assert_clear(homes.run(tmp_path / "home", "get", "pods")) == f"error: cannot create {tmp_path}/home/clusters: Permission denied\n"
    tmp_path.chmod(0o700)


CLUSTER = "clusters/minikube/"
RESTORE = "; `kctl cluster restore` brings back a snapshot\n"
# A file of the home, what is found there instead (None: nothing), and what is said.
SPOILT: dict[str, tuple[str, str | None, str]] = {
    "kubeconfig of text": ("config", "text", 'error: error loading config file "HOME/config": couldn\'t get version/kind; json parse error: json: cannot '
                           'unmarshal string into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string '
                           '"json:\\"kind,omitempty\\"" }\n'),
    "kubeconfig of wrong types": ("config", '{"clusters": [1]}',
                                  'error: error loading config file "HOME/config": json: cannot unmarshal number into Go struct field Config.clusters of '
                                  'type v1.NamedCluster\n'),
    "kubeconfig that leads elsewhere": (
        "config", '{"clusters": [{"name": "a", "cluster": {"server": "kctl://../../a"}}], "contexts": [{"name": "a", "context": {"cluster": "a"}}], '
        '"current-context": "a"}', 'error: "../../a" is no name for a cluster: lower case letters, digits and "-", at most 63\n'),
    "configuration of wrong types": ("kctl.json", '{"plugins": 3}', "error: cannot read HOME/kctl.json: plugins must be a map\n"),
    "plugins that are missing": ("kctl.json", '{"plugins": {"directory": "/proc/none"}}',
                                 "error: failed to create configmap: plugins directory /proc/none: No such file or directory\n"),
    "settings of no object": (CLUSTER + "cluster.json", "[]", f"error: cannot read HOME/{CLUSTER}cluster.json: it holds no object\n"),
    "settings of wrong types": (CLUSTER + "cluster.json", '{"name": 7}', f"error: cannot read HOME/{CLUSTER}cluster.json: name must be a string\n"),
    "store of text": (CLUSTER + "store.db", "text" * 9999, f"error: the cluster's store is damaged: HOME/{CLUSTER}store.db: file is not a database{RESTORE}"),
    "store of nothing": (CLUSTER + "store.db", "", f"error: the cluster's store is damaged: HOME/{CLUSTER}store.db is empty{RESTORE}"),
    "no store": (CLUSTER + "store.db", None, f"error: the cluster's store is damaged: HOME/{CLUSTER}store.db is missing{RESTORE}"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILT)
def test_homes_that_were_spoilt(case: str, one_node: Path, tmp_path: Path) -> None:
    """What should be there is never made up for."""
    name, text, expected = SPOILT[case]
    home = homes.copy(one_node, tmp_path / "home")
    if name.endswith("store.db"):
        for log in (home / CLUSTER).glob("store.db-*"):  # SQLite says something else of a file that is at odds with its log
            log.unlink()
    if text is None:
        (home / name).unlink()
    else:
        (home / name).write_text(text)
    assert assert_clear(homes.run(home, "create", "configmap", "a")) == expected.replace("HOME", str(home))
    assert (home / name).exists() == (text is not None)


def limited(size: int) -> dict[str, Any]:
    """Return what lets a process write no file beyond a size, nor bytecode: CPython would keep the half of it."""
    return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)), "extra": {"PYTHONDONTWRITEBYTECODE": "1"}}


@pytest.mark.parametrize("size", [0, 100, 4096, 100_000, 300_000])
def test_first_use_where_files_cannot_grow(size: int, tmp_path: Path) -> None:
    """The next command starts over."""
    home = tmp_path / "home"
    err = assert_clear(homes.run(home, "get", "nodes", **limited(size)))
    assert err.startswith("error: cannot ") and str(home) in err
    assert [line.split()[:2] for line in homes.succeed(home, "get", "nodes").splitlines()] == [["NAME", "STATUS"], ["minikube", "Ready"]]


@pytest.mark.parametrize("size", [0, 4096, 100_000, 300_000])
def test_writes_where_files_cannot_grow(size: int, one_node: Path, tmp_path: Path) -> None:
    home = homes.copy(one_node, tmp_path / "home")
    before = objects(home)
    text = HEAD % "a" + f'data: {{a: "{"x" * 400_000}"}}\n'
    assert_clear(homes.run(home, "create", "-f", "-", stdin=text, **limited(size)))
    assert objects(home) == before
    assert homes.succeed(home, "create", "-f", "-", stdin=text) == "configmap/a created\n"


def objects(home: Path) -> homes.Dump:
    """Return all objects of a sound store."""
    with homes.opened(home) as desk:
        assert desk.cluster.backend.verify() == []
        return homes.everything(desk.client)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    path = tmp_path / "disk"
    path.mkdir()
    if os.geteuid() or shutil.which("mount") is None or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(path)], check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield path
    subprocess.run(["umount", str(path)], check=True)


def test_a_full_disk(small_disk: Path, one_node: Path) -> None:
    """Objects are there in whole up to where the disk was full; reading goes on, and so does writing once there is room."""
    home = homes.copy(one_node, small_disk / "home")
    text = "---\n".join(HEAD % f"a{number}" + f'data: {{a: "{"x" * 100_000}"}}\n' for number in range(30))
    result = homes.run(home, "create", "-f", "-", stdin=text)
    created = [line.removeprefix("configmap/").removesuffix(" created") for line in result.out.splitlines()]
    assert (result.code, 0 < len(created) < 30) == (1, True)
    assert result.err.count("Traceback") == result.err.count("internal error") == 0
    assert all(line.endswith("store.db: no space left on device") for line in result.err.splitlines()), result.err
    found = homes.succeed(home, "get", "configmaps", "-o", "name").splitlines()
    assert sorted(found) == sorted(f"configmap/{name}" for name in [*created, "kube-root-ca.crt"])
    subprocess.run(["mount", "-o", "remount,size=9m", str(small_disk)], check=True)
    assert homes.succeed(home, "create", "-f", "-", stdin=HEAD % "small") == "configmap/small created\n"
    with homes.opened(home) as desk:
        assert desk.cluster.backend.verify() == []


def test_a_disk_that_became_read_only(small_disk: Path, one_node: Path) -> None:
    """Reading goes on; writing, and a first use, say why they cannot be."""
    home = homes.copy(one_node, small_disk / "home")
    homes.succeed(home, "get", "nodes")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert [line.split()[:2] for line in homes.succeed(home, "get", "nodes").splitlines()] == [["NAME", "STATUS"], ["minikube", "Ready"]]
    said = f"error: failed to create configmap: cannot write {home}/clusters/minikube/store.db: it is read-only\n"
    assert assert_clear(homes.run(home, "create", "configmap", "a")) == said
    other = small_disk / "other"
    assert assert_clear(homes.run(other, "get", "nodes")) == f"error: cannot create {other}/clusters: Read-only file system\n"


def streams(home: Path, *words: str, **options: Any) -> tuple[int, str, str]:
    """Run a process with streams that are not what they should be."""
    done = subprocess.run(homes.command(*words), env=homes.environment(home), timeout=homes.TIMEOUT, check=False, **options)
    return done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode()


def test_closed_streams(one_node: Path, tmp_path: Path) -> None:
    home = homes.copy(one_node, tmp_path / "home")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    assert streams(home, "apply", "-f", "-", preexec_fn=lambda: os.close(0), **pipes) == (1, "", "error: no objects passed to apply\n")
    assert streams(home, "get", "nodes", preexec_fn=lambda: os.close(0), **pipes)[::2] == (0, "")
    assert streams(home, "get", "nodes", preexec_fn=lambda: os.close(1), **pipes) == (0, "", "")
    assert streams(home, "get", "nonsense", preexec_fn=lambda: os.close(2), **pipes) == (1, "", "")


def test_output_that_nobody_can_write(one_node: Path, tmp_path: Path) -> None:
    home = homes.copy(one_node, tmp_path / "home")
    with open("/dev/full", "w") as full:
        assert streams(home, "get", "nodes", stdout=full, stderr=subprocess.PIPE) == (1, "", "error: cannot write standard output: No space left on device\n")
    reader, writer = os.pipe()
    os.close(reader)
    assert streams(home, "get", "nodes", stdout=writer, stderr=subprocess.PIPE) == (1, "", "")
    os.close(writer)
