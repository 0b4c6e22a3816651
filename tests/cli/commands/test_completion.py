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


# What zsh's own parts would show is printed: they need a terminal.
ASK_ZSH = """
compdef() { : }
compset() { return 1 }
compadd() { print -r -- ${(j:,:)plain} }
_files() { print -r -- "files $*" }
source <(kctl completion zsh)
ask() { words=("$@"); CURRENT=$#; _kctl }
"""


@pytest.fixture(scope="module")
def bash(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with kctl on PATH and files to complete."""
    return place_of("bash", tmp_path_factory)


@pytest.fixture(scope="module")
def zsh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return such a folder for zsh."""
    return place_of("zsh", tmp_path_factory)


@pytest.fixture(scope="module")
def fish(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return such a folder for fish."""
    return place_of("fish", tmp_path_factory)


def place_of(shell: str, folders: pytest.TempPathFactory) -> Path:
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell} here")
    place = folders.mktemp(shell)
    (place / "bin").mkdir()
    (place / "bin" / "kctl").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m minikube_py "$@"\n')
    (place / "bin" / "kctl").chmod(0o755)
    for name in ("pod.yaml", "pod.json", "pod.txt", "two words.yml"):
        (place / name).write_text("")
    (place / "podfolder").mkdir()
    return place


def run(place: Path, program: str, shell: tuple[str, ...] = ("bash", "--norc", "-c"), ask: str = ASK) -> list[str]:
    environment = {"PATH": f"{place / 'bin'}:{os.environ['PATH']}", "KCTL_HOME": str(place / "home"), "HOME": str(place),
                   "PYTHONPATH": os.pathsep.join(sys.path), "LC_ALL": "C.UTF-8"}  # fmt: skip
    done = subprocess.run([*shell, ask + program], cwd=place, env=environment, capture_output=True, text=True, check=True)
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


@pytest.mark.parametrize(
    ("words", "replies"),
    [
        ("kctl get po", "pods,podtemplates,pods.metrics.k8s.io,poddisruptionbudgets.policy"),
        ("kctl get nodes ''", "minikube"),
        ("kctl get -o js", "json,jsonpath,jsonpath-as-json,jsonpath-file"),
        ("kctl get -n kube-p", "kube-public"),
        ("kctl rollout ''", "history,pause,restart,resume,status,undo"),
        ("kctl apply -f pod", "files -g *.(json|yaml|yml)"),
        ("kctl nonsense ''", "files "),
        ("kctl get '$(touch made)'", ""),
    ],
)  # fmt: skip
def test_zsh_completes(zsh: Path, words: str, replies: str) -> None:
    answer = run(zsh, f"ask {words}", ("zsh", "-f", "-c"), ASK_ZSH)
    assert ",".join(answer) == replies
    assert not (zsh / "made").exists()


@pytest.mark.parametrize(
    ("line", "replies"),
    [
        ("kctl get po", ["pods", "podtemplates", "pods.metrics.k8s.io", "poddisruptionbudgets.policy"]),
        ("kctl get nodes ", ["minikube"]),
        ("kctl get --namespace=kube-p", ["--namespace=kube-public"]),
        ("kctl config use-c", ["use-context\tSet the current-context in a kubeconfig file"]),
        ("kctl apply -f pod.y", ["pod.yaml"]),
    ],
)
def test_fish_completes(fish: Path, line: str, replies: list[str]) -> None:
    assert run(fish, f'complete -C "{line}"', ("fish", "--no-config", "-c"), "kctl completion fish | source; ") == replies


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


def test_words_that_are_no_command(web: Web) -> None:
    cleared, ended = "[Debug] Cleared global flags for plugin completion\n", "Completion ended with directive: ShellCompDirectiveDefault\n"
    unknown = "[Debug] [Error] unable to find a command for arguments: [{}]\n"
    assert web.result(["__complete", "nope", "--flag", ""]).err == cleared + unknown.format("nope --flag") + ended
    assert web.result(["__complete", "--v=3", "nope", "x"]).err == unknown.format("--v=3 nope") + ended


def test_required_flags_come_first(web: Web) -> None:
    assert [line.split("\t")[0] for line in offered(web, "scale", "")[0]] == ["--replicas", "deployment", "replicaset", "replicationcontroller", "statefulset"]


def test_the_script_for_powershell_heeds_every_directive() -> None:
    heeded = 0
    for _, _, rest in (part.partition("-band ") for part in shellscripts.SCRIPTS["powershell"].split("$directive")[1:]):
        heeded |= int(rest.partition(")")[0] or 0)
    assert heeded == 1 | 2 | 4 | 8 | 16  # an error, no blank behind, no files, files with an ending, folders
