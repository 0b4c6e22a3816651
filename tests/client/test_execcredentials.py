"""Programs that make credentials: how they are run, and what may come of it. The words are client-go's."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from minikube_py.client import execcredentials
from minikube_py.client.execcredentials import Made
from minikube_py.machinery.errors import KctlError

V1, BETA = execcredentials.VERSIONS
BEGIN = "Unable to connect to the server: getting credentials: "


def program(tmp_path: Path, text: str) -> dict[str, Any]:
    """Return an ExecConfig of a Python program."""
    path = tmp_path / "plugin.py"
    path.write_text(text)
    return {"apiVersion": V1, "command": sys.executable, "args": [str(path), "$HOME; exit 3"], "interactiveMode": "Never"}


def run(entry: dict[str, Any], folder: str = "/", *, cluster: dict[str, Any] | None = None, interactive: bool = False) -> Made:
    plugin = execcredentials.read(entry, "u", folder, cluster or {})
    return execcredentials.run(plugin, {"PATH": os.environ["PATH"]}, interactive=interactive)


def printing(tmp_path: Path, value: Any) -> dict[str, Any]:
    return program(tmp_path, f"print({json.dumps(value)!r})")


def test_a_token(tmp_path: Path) -> None:
    made = run(printing(tmp_path, {"apiVersion": V1, "kind": "ExecCredential", "status": {"token": "t", "expirationTimestamp": "1970-01-01T00:01:00Z"}}))
    assert tuple(made) == ("t", b"", b"", 60.0)
    assert repr(made) == "Made()"


def test_a_pair_in_the_beta_version(tmp_path: Path) -> None:
    entry = printing(tmp_path, {"apiVersion": BETA, "status": {"clientCertificateData": "C", "clientKeyData": "K"}}) | {"apiVersion": BETA}
    del entry["interactiveMode"]
    assert tuple(run(entry)) == ("", b"C", b"K", None)


def test_what_a_program_is_told(tmp_path: Path) -> None:
    text = (
        "import json, os, sys\n"
        "seen = [sys.argv[1:], os.environ['X'], os.environ['KUBERNETES_EXEC_INFO']]\n"
        f"print(json.dumps({{'apiVersion': {V1!r}, 'status': {{'token': json.dumps(seen)}}}}))\n"
    )
    entry = program(tmp_path, text) | {"env": [{"name": "X", "value": "y"}], "provideClusterInfo": True}
    arguments, variable, info = json.loads(run(entry, cluster={"server": "https://h", "certificate-authority": "/ca"}).token)
    assert (arguments, variable) == (["$HOME; exit 3"], "y")
    assert json.loads(info) == {"kind": "ExecCredential", "apiVersion": V1, "spec": {"interactive": False, "cluster": {"server": "https://h"}}}


def test_paths_start_at_the_kubeconfig(tmp_path: Path) -> None:
    script = tmp_path / "plugin"
    script.write_text(f"#!{sys.executable}\nprint('{{\"apiVersion\": \"{V1}\", \"status\": {{\"token\": \"t\"}}}}')\n")
    script.chmod(0o700)
    assert run({"apiVersion": V1, "command": "./plugin", "interactiveMode": "IfAvailable"}, str(tmp_path)).token == "t"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "command must be specified for u to use exec authentication plugin"),
        ({"command": "x"}, "apiVersion must be specified for u to use exec authentication plugin"),
        ({"command": "x", "apiVersion": "client.authentication.k8s.io/v1alpha1"},
         'exec plugin: invalid apiVersion "client.authentication.k8s.io/v1alpha1"'),
        ({"command": "x", "apiVersion": V1}, "interactiveMode must be specified for u to use exec authentication plugin"),
        ({"command": "x", "apiVersion": V1, "interactiveMode": "Now"}, 'invalid interactiveMode for u: "Now"'),
        ("x", 'user "u": exec must have the fields of an ExecConfig'),
        ({"command": "x", "args": "y"}, 'user "u": exec must have the fields of an ExecConfig'),
        ({"command": "x", "env": [{"name": "a"}]}, 'user "u": exec must have the fields of an ExecConfig'),
    ],
)  # fmt: skip
def test_entries_that_make_no_sense(entry: Any, message: str) -> None:
    with pytest.raises(KctlError) as caught:
        execcredentials.read(entry, "u", "/", {})
    assert str(caught.value) == message


TYPE_META = r'struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }'
OUTPUTS: list[tuple[Any, str]] = [
    (["sesame"], f"decoding stdout: couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type {TYPE_META}"),
    ("sesame", f"decoding stdout: couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type {TYPE_META}"),
    ({"kind": 7}, "decoding stdout: couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string"),
    ({}, f"exec plugin is configured to use API version {V1}, plugin returned version client.authentication.k8s.io/__internal"),
    ({"kind": "Pod"}, "decoding stdout: it holds no ExecCredential"),
    ({"apiVersion": BETA}, f"exec plugin is configured to use API version {V1}, plugin returned another version"),
    ({"apiVersion": V1}, "exec plugin didn't return a status field"),
    ({"apiVersion": V1, "status": {}}, "exec plugin didn't return a token or cert/key pair"),
    ({"apiVersion": V1, "status": {"token": 7}}, "decoding stdout: token, clientCertificateData and clientKeyData must be texts"),
    ({"apiVersion": V1, "status": {"clientKeyData": "sesame"}}, "exec plugin returned only certificate or key, not both"),
    ({"apiVersion": V1, "status": {"token": "sesame", "expirationTimestamp": "soon"}}, "decoding stdout: expirationTimestamp is no time"),
]


@pytest.mark.parametrize(("value", "message"), OUTPUTS)
def test_output_that_cannot_be_used(tmp_path: Path, value: Any, message: str) -> None:
    with pytest.raises(KctlError) as caught:
        run(printing(tmp_path, value))
    assert str(caught.value) == BEGIN + message


def test_output_in_yaml(tmp_path: Path) -> None:
    made = run(program(tmp_path, f"print('apiVersion: {V1}', 'kind: ExecCredential', 'status: {{token: sesame}}', sep=chr(10))"))
    assert made.token == "sesame"


def test_output_that_cannot_be_read_or_is_endless(tmp_path: Path) -> None:
    for text in ("print('{sesame')", "print('[' * 100000)", "print(' ' * (1 << 21))"):
        with pytest.raises(KctlError) as caught:
            run(program(tmp_path, text))
        assert str(caught.value) == BEGIN + "decoding stdout: it holds no ExecCredential"


def test_a_program_that_fails(tmp_path: Path) -> None:
    with pytest.raises(KctlError) as caught:
        run(program(tmp_path, "raise SystemExit(7)"))
    assert str(caught.value) == f"{BEGIN}exec: executable {sys.executable} failed with exit code 7"


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(KctlError) as caught:
        run({"apiVersion": V1, "command": "no-such-plugin", "interactiveMode": "Never", "installHint": "get\x1b it"})
    first, *_, last = str(caught.value).split("\n")
    assert (first, last) == (f"{BEGIN}exec: executable no-such-plugin not found", "get it")


def test_a_program_that_must_ask_somebody() -> None:
    with pytest.raises(KctlError) as caught:
        run({"apiVersion": V1, "command": "x", "interactiveMode": "Always"})
    assert str(caught.value) == BEGIN + "exec plugin cannot support interactive mode: standard input is not a terminal"
