"""What kctl diff shows of secrets; and JSON in lines, as it is spelled."""

from pathlib import Path

import pytest

from minikube_py.cli import comparing
from minikube_py.cli.commands.apply_view_last_applied import indented
from minikube_py.machinery.errors import KctlError
from minikube_py.testing import Kctl


def test_values_of_secrets_are_masked() -> None:
    live = {"kind": "Secret", "data": {"same": "YQ==", "changed": "Yg==", "gone": "Yw=="}}
    merged = {"kind": "Secret", "data": {"same": "YQ==", "changed": "ZA==", "new": "ZQ=="}}
    assert comparing.masked(live, merged) == (
        {"kind": "Secret", "data": {"same": "***", "changed": "*** (before)", "gone": "***"}},
        {"kind": "Secret", "data": {"same": "***", "changed": "*** (after)", "new": "***"}},
    )
    assert live["data"] == {"same": "YQ==", "changed": "Yg==", "gone": "Yw=="}


def test_a_new_secret_is_masked() -> None:
    assert comparing.masked(None, {"kind": "Secret", "data": {"a": "YQ=="}}) == (None, {"kind": "Secret", "data": {"a": "***"}})
    assert comparing.masked(None, {"kind": "Secret"}) == (None, {"kind": "Secret"})


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("{}", "{}"),
        ('{"a":[],"b":[1.50,"x,\\"{y"]}\n', '{\n  "a": [],\n  "b": [\n    1.50,\n    "x,\\"{y"\n  ]\n}\n'),
        ('{"a":"\\u003c","b":{"c":null}}', '{\n  "a": "\\u003c",\n  "b": {\n    "c": null\n  }\n}'),
    ],
)
def test_json_in_lines(text: str, lines: str) -> None:
    assert indented(text) == lines


def test_a_folder_on_a_full_disk(tmp_path: Path) -> None:
    (tmp_path / "x").symlink_to("/dev/full")
    with pytest.raises(KctlError) as caught:
        comparing.Folders.write(str(tmp_path), "x", {"kind": "Secret"})
    assert str(caught.value) == f"write {tmp_path / 'x'}: no space left on device"


def test_temporary_folders_are_where_they_are_wanted_or_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with comparing.Folders() as folders:
        assert {Path(folders.live).parent, Path(folders.merged).parent} == {tmp_path}
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("TMPDIR", str(tmp_path / "none"))
    with pytest.raises(KctlError, match=rf"^stat {tmp_path}/none: no such file or directory$"):
        comparing.Folders()
    (tmp_path / "none").write_text("")
    with pytest.raises(KctlError, match=rf"^mkdir {tmp_path}/none/LIVE-\d+: not a directory$"):
        comparing.Folders()


def test_a_conflict_of_managers_is_taken_for_one_of_revisions(kctl: Kctl) -> None:
    kctl("create cm a --from-literal=x=1")
    code, out, err = kctl.result("diff -f - --server-side", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata: {x: '2'}\n")
    warning, error = err.splitlines()
    assert (code, out) == (2, "")
    assert warning.endswith(" diff.go:723] Object (/v1, Kind=ConfigMap: a) keeps changing, diffing without lock")
    assert error == 'Error from server (Conflict): Apply failed with 1 conflict: conflict with "kubectl-create" using v1: .data.x'
