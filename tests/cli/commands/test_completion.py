"""What shells are offered that transcripts do not show: kctl's own commands, plugins, and bash itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from minikube_py.cli import shellscripts
from tests.cli.commands.web import Web

ASK = """
source <(kctl completion bash)
ask() {
    COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
    __start_kctl
    (IFS=,; echo "${COMPREPLY[*]}")
}
"""


def offered(web: Web, *words: str) -> tuple[list[str], str]:
    result = web.result(["__complete", *words])
    *lines, directive = result.out.splitlines()
    return lines, directive


@pytest.fixture(scope="module")
def bash(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with kctl on PATH and files to complete."""
    if not shutil.which("bash"):
        pytest.skip("there is no bash here")
    place = tmp_path_factory.mktemp("bash")
    (place / "bin").mkdir()
    (place / "bin" / "kctl").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m minikube_py "$@"\n')
    (place / "bin" / "kctl").chmod(0o755)
    for name in ("pod.yaml", "pod.json", "pod.txt", "two words.yml"):
        (place / name).write_text("")
    (place / "podfolder").mkdir()
    return place


def run(place: Path, program: str) -> list[str]:
    environment = {"PATH": f"{place / 'bin'}:{os.environ['PATH']}", "KCTL_HOME": str(place / "home"), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(["bash", "--norc", "-c", ASK + program], cwd=place, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "replies"),
    [
        ("kctl get po", "pods,podtemplates,pods.metrics.k8s.io,poddisruptionbudgets.policy"),
        ("kctl get nodes ''", "minikube"),
        ("kctl get node/", "node/minikube"),
        ("kctl get --output = js", "json,jsonpath,jsonpath-as-json,jsonpath-file"),
        ("kctl get --output =", "json,yaml,name,go-template,go-template-file,template,templatefile,jsonpath,jsonpath-as-json,jsonpath-file,"
                                "custom-columns,custom-columns-file,wide"),
        ("kctl get -n kube-p", "kube-public"),
        ("kctl rollout ''", "history,pause,restart,resume,status,undo"),
        ("kctl apply -f pod", "pod.json,pod.yaml,podfolder/"),
        ("kctl apply -f two", "two words.yml"),
        ("k cord", "cordon"),
        ("kctl nonsense ''", ""),
        ("kctl get '$(touch made)'", ""),
    ],
)  # fmt: skip
def test_bash_completes(bash: Path, words: str, replies: str) -> None:
    answer = run(bash, f"ask {words}")
    assert ",".join(sorted(answer[0].split(","))) == ",".join(sorted(replies.split(",")))
    assert not (bash / "made").exists()


def test_bash_knows_the_function(bash: Path) -> None:
    assert run(bash, "complete -p kctl") == ["complete -o default -F __start_kctl kctl"]


@pytest.mark.parametrize("shell", shellscripts.SCRIPTS)
def test_each_shell_has_a_script_that_asks_kctl(web: Web, shell: str) -> None:
    script = web.result(["completion", shell]).out
    assert script == shellscripts.SCRIPTS[shell]
    assert "__complete" in script and "kctl" in script


def test_own_commands_are_offered(web: Web) -> None:
    assert offered(web, "se") == (["serve\tServe the API of a cluster over HTTPS", "set\tSet specific features on objects"], ":4")
    lines, directive = offered(web, "cluster", "d")
    assert [line.split("\t")[0] for line in lines] == ["delete", "doctor"] and directive == ":4"


def test_values_of_flags_that_kubectl_leaves_alone(web: Web) -> None:
    assert offered(web, "apply", "--dry-run=") == (["none", "client", "server"], ":4")
    assert offered(web, "delete", "pod", "--cascade=f") == (["foreground"], ":4")
    assert offered(web, "label", "-o", "y") == (["yaml"], ":4")


def test_flags_given_are_not_offered_again(web: Web) -> None:
    assert offered(web, "create", "configmap", "x", "--from-l") == (offered(web, "create", "configmap", "x", "--from-literal=a=b", "--from-l"))
    assert offered(web, "get", "--watch-o")[0] != [] == offered(web, "get", "--watch-only", "--watch-o")[0]


def test_lines_that_cannot_be_read(web: Web) -> None:
    result = web.result(["__complete", "get", "--wrong", ""])
    assert result.out == ":0\n"
    assert result.err == (
        "[Debug] [Error] Error while parsing flags from args [--wrong]: unknown flag: --wrong\nCompletion ended with directive: ShellCompDirectiveDefault\n"
    )
    assert web.result(["__complete"]).err == "error: requires at least 1 arg(s), only received 0\n"


def test_required_flags_come_first(web: Web) -> None:
    assert [line.split("\t")[0] for line in offered(web, "scale", "")[0]] == ["--replicas", "deployment", "replicaset", "replicationcontroller", "statefulset"]
