"""kctl edit: editors are small shell scripts."""

import os
import re
import stat
from pathlib import Path

import pytest

from minikube_py.testing import Kctl, Result
from tests.cli.commands.manifests import CONFIG_MAP, DEPLOYMENT

HEADER = """# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
"""


class Desk:
    """An editor that does once what a script says; what it was shown is kept."""

    def __init__(self, kctl: Kctl, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kctl, self.folder = kctl, folder
        (folder / "tmp").mkdir()
        monkeypatch.setenv("TMPDIR", str(folder / "tmp"))

    def edit(self, script: str, line: str, **environment: str) -> Result:
        program = self.folder / "editor.sh"
        program.write_text(f'#!/bin/sh\nn=$(ls {self.folder} | grep -c shown)\ncp "$1" {self.folder}/shown$n\n[ $n = 0 ] || exit 0\n{script}\n')
        program.chmod(0o755)
        self.kctl.environment = {"KUBE_EDITOR": str(program), "PATH": "/usr/bin:/bin", **environment}
        return self.kctl.result(line)

    def shown(self, number: int = 0) -> str:
        return (self.folder / f"shown{number}").read_text()

    @property
    def left(self) -> list[Path]:
        return list((self.folder / "tmp").iterdir())


@pytest.fixture
def desk(kctl: Kctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    kctl("create -f -", CONFIG_MAP)
    return Desk(kctl, tmp_path, monkeypatch)


def test_an_edit_is_sent_as_a_patch(desk: Desk) -> None:
    done = desk.edit("sed -i s/blue/red/ $1", "edit cm settings --output-patch")
    assert done == (0, 'Patch: {"data":{"color":"red"}}\nconfigmap/settings edited\n', "")
    assert desk.shown().startswith(HEADER + "apiVersion: v1\ndata:\n  color: blue\nkind: ConfigMap\n")
    assert desk.left == []
    assert desk.kctl("get cm settings -o jsonpath={.data.color}") == "red"


def test_an_edit_without_a_change_is_cancelled(desk: Desk) -> None:
    assert desk.edit("echo '# nothing' >> $1", "edit cm settings") == (0, "", "Edit cancelled, no changes made.\n")
    assert desk.left == []


def test_an_empty_file_without_validation_ends_it(desk: Desk) -> None:
    assert desk.edit(": > $1", "edit cm settings --validate=false") == (0, "", "Edit cancelled, saved file was empty.\n")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (": > $1", "invalid object to validate"),
        ("sed -i 's/color:/color: [/' $1", "yaml: line 3: did not find expected ',' or ']'"),
        ("sed -i s/kind:/kund:/ $1", "kind not set"),
    ],
)
def test_a_file_that_is_no_object_is_opened_again(desk: Desk, script: str, why: str) -> None:
    done = desk.edit(script, "edit cm settings")
    (copy,) = desk.left
    assert done.err == (f'error: configmaps "settings" is invalid\nA copy of your changes has been stored to "{copy}"\n'
                        "error: Edit cancelled, no valid changes were saved.\n")  # fmt: skip
    assert (done.code, done.out) == (1, "")
    reason = f'# configmaps "settings" was not valid:\n# * <nil>: Invalid value: "The edited file failed validation": {why}\n#\n'
    assert desk.shown(1).startswith(HEADER + reason)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_what_the_server_refuses_is_opened_again(desk: Desk) -> None:
    desk.kctl("create -f -", DEPLOYMENT)
    done = desk.edit("sed -i s/replicas:.2/replicas:\\ -3/ $1", "edit deploy web")
    assert done.err.startswith('error: deployments.apps "web" is invalid\nA copy of your changes has been stored to ')
    text = '# deployments.apps "web" was not valid:\n# * spec.replicas: Invalid value: -3: must be greater than or equal to 0\n#\n'
    assert text in desk.shown(1)
    assert "replicas: -3" in desk.shown(1)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("sed -i s/name:.settings/name:\\ b/ $1", "error: At least one of apiVersion, kind and name was changed\n"),
        ("sed -i s/namespace:.default/namespace:\\ other/ $1",
         'error: the namespace from the provided object "other" does not match the namespace "default". '
         "You must pass '--namespace=other' to perform this operation.\n"),
    ],
)  # fmt: skip
def test_identity_does_not_change(desk: Desk, script: str, error: str) -> None:
    done = desk.edit(script, "edit cm settings")
    assert (done.code, done.err) == (1, f'A copy of your changes has been stored to "{desk.left[0]}"\n{error}')


def test_kinds_that_nobody_knows_are_opened_again(desk: Desk) -> None:
    desk.edit("sed -i s/ConfigMap/Foo/ $1", "edit cm settings")
    where = 'name: "settings" namespace: "default" from "edited-file"'
    reason = f'# The edited file had a syntax error: resource mapping not found for {where}: no matches for kind "Foo" in version "v1"\n'
    assert reason + "# ensure CRDs are installed first\n#\n" in desk.shown(1)


@pytest.mark.parametrize(
    ("environment", "error"),
    [
        ({"KUBE_EDITOR": "no-such-program -x"}, 'error: unable to launch the editor "no-such-program -x"\n'),
        ({"KUBE_EDITOR": "/no/such"}, 'error: there was a problem with the editor "/no/such"\n'),
        ({"KUBE_EDITOR": "", "EDITOR": "false"}, 'error: there was a problem with the editor "false"\n'),
        ({"KUBE_EDITOR": 'sh -c "exit 4"', "SHELL": "/bin/sh"}, 'error: there was a problem with the editor "/bin/sh -c sh -c "exit 4""\n'),
    ],
)
def test_editors_that_fail(desk: Desk, environment: dict[str, str], error: str) -> None:
    assert desk.edit("", "edit cm settings", **environment) == (1, "", error)


def test_words_with_quotes_go_to_the_shell(desk: Desk) -> None:
    done = desk.edit("", "edit cm settings", KUBE_EDITOR="sed -i 's/blue/green/'", SHELL="/bin/sh")
    assert done == (0, "configmap/settings edited\n", "")


def test_an_editor_that_removes_the_file(desk: Desk) -> None:
    done = desk.edit("rm $1", "edit cm settings")
    assert done.code == 1
    assert done.err.startswith("error: open ") and done.err.endswith(": no such file or directory\n")


def test_an_object_that_nobody_asked_for(desk: Desk) -> None:
    done = desk.edit("sed -i 's/uid: .*/uid: b/' $1", "edit cm settings")
    assert "error: no original object found for &unstructured.Unstructured{Object:map[string]interface {}{" in done.err
    assert '"data":map[string]interface {}{"color":"blue"}' in done.err


def test_all_objects_of_a_type_in_one_file(desk: Desk) -> None:
    desk.kctl("delete cm kube-root-ca.crt")
    desk.kctl("create cm other --from-literal=a=b")
    done = desk.edit("sed -i s/blue/red/ $1", "edit cm")
    assert done.out == "configmap/kube-root-ca.crt skipped\nconfigmap/other skipped\nconfigmap/settings edited\n"
    assert "\nkind: List\nmetadata: {}\n" in desk.shown()


def test_json_has_no_header(desk: Desk) -> None:
    done = desk.edit("sed -i s/blue/red/ $1", "edit cm settings -o json")
    assert done.out.startswith('{\n    "apiVersion": "v1",\n    "data": {\n        "color": "red"\n')
    assert desk.shown().startswith('{\n    "apiVersion": "v1",\n    "data": {\n        "color": "blue"\n')


def test_other_formats_are_refused(desk: Desk) -> None:
    text = 'error: unable to match a printer suitable for the output format "name", allowed formats are: json,yaml\n'
    assert desk.edit("", "edit cm settings -o name") == (1, "", text)


def test_windows_line_endings_and_save_config(desk: Desk) -> None:
    done = desk.edit("sed -i s/blue/red/ $1", "edit cm settings --windows-line-endings --save-config")
    assert done.out == "configmap/settings edited\n"
    assert (desk.folder / "shown0").read_bytes().startswith(HEADER.replace("\n", "\r\n").encode() + b"apiVersion: v1\r\n")
    assert '\\"color\\":\\"red\\"' in desk.kctl("get cm settings -o jsonpath={.metadata.annotations}")


def test_an_edit_on_a_full_disk_leaves_no_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.folder / "tmp" / "kctl-edit-1.yaml"

    def new_file(prefix: str, suffix: str) -> tuple[int, str]:
        path.touch()
        return os.open("/dev/full", os.O_RDWR), str(path)

    monkeypatch.setattr("minikube_py.cli.temporaries.new_file", new_file)
    assert desk.edit("", "edit cm settings") == (1, "", f"error: write {path}: no space left on device\n")
    assert desk.left == []


def test_an_edit_has_its_file_where_it_is_wanted_or_nowhere(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(desk.folder / "none"))
    code, out, err = desk.edit("", "edit cm settings")
    assert (code, out) == (1, "")
    assert re.fullmatch(rf"error: open {desk.folder}/none/kctl-edit-\d+\.yaml: no such file or directory\n", err)
