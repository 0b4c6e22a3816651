"""The documents say what is so: commands, transcripts, code, links."""

import importlib.util
import re
import tomllib
import xml.etree.ElementTree
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from minikube_py import testing
from minikube_py.admission.plugins import ORDER
from minikube_py.cli import commands
from tests.benchmarks.cases import CASES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("plugins/*/*.md")])
EXAMPLES = sorted((ROOT / "manifests" / "examples").glob("*.yaml"))
RANDOM = [
    (r"pvc-[0-9a-f-]{36}", "pvc-UID"),
    (r"\b[bcdfghjklmnpqrstvwxz2456789]{5}\b", "xxxxx"),  # what generateName adds
    (r"\b10(\.\d{1,3}){3}\b", "10.x.x.x"),
    (r"\b\d+[smhd]\b", "AGE"),
    (r"\d+%", "N%"),  # of this machine
    (r"-{2,}", "--"),
    (r"[ \t]+", " "),
    (r" +(?=\n|$)", ""),
]


class Step(NamedTuple):
    """One command of a transcript and what the page says that it prints."""

    line: str
    said: str


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    found: list[str] = []
    opened: str | None = None
    for line in text.splitlines(keepends=True):
        if not line.startswith("```"):
            if opened == language:
                found[-1] += line
        elif opened is not None:
            opened = None
        else:
            opened = line[3:].strip()
            if opened == language:
                found.append("")
    return found


def steps(block: str) -> list[Step]:
    found = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, _, said = part.partition("\n")
        found.append(Step(line, said))
    return found


def plain(text: str) -> str:
    """Return a text without what differs from run to run."""
    for pattern, word in RANDOM:
        text = re.sub(pattern, word, text)
    return text


def matches(said: str, printed: str) -> bool:
    """Tell whether a text was printed; a line of three dots stands for any lines."""
    pattern = re.escape(plain(said)).replace(re.escape("...\n"), r"(?:.*\n)*")
    return re.fullmatch(pattern, plain(printed)) is not None


def play(cluster: testing.Cluster, found: list[Step]) -> None:
    for line, said in found:
        assert line.startswith("kctl ")
        result = testing.run(cluster, line.removeprefix("kctl "))
        printed = result.out + result.err
        assert matches(said, printed), f"$ {line}\n{printed}"


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_ci_runs_the_commands_of_the_readme() -> None:
    script = [line.strip() for line in (ROOT / ".ci" / "run").read_text().splitlines()]
    commands = [line for block in blocks(README, "") for line in block.splitlines()]
    assert len(commands) == 2
    for command in commands:
        assert command in script


def test_contributing_names_the_same_test_command() -> None:
    assert blocks(README, "")[1] == blocks((ROOT / "CONTRIBUTING.md").read_text(), "")[0]


def test_transcripts_of_the_readme_are_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    *general, with_plugin = blocks(README, "console")
    assert len(general) >= 4
    cluster = testing.new_cluster()
    for block in general:
        play(cluster, steps(block))
    cluster.close()
    plugin = load(ROOT / "plugins" / "require-team" / "kctl_require_team.py")
    guarded = testing.new_cluster(plugins=(plugin,))
    play(guarded, steps(with_plugin))
    guarded.close()


def test_transcripts_that_are_wrong_are_noticed() -> None:
    cluster = testing.new_cluster()
    play(cluster, [Step("kctl get nodes", "NAME       STATUS   ROLES           AGE   VERSION\n...\n")])
    for said in ("", "NAME   STATUS\n", "NAME STATUS ROLES AGE VERSION\nother Ready control-plane 0s v1.33.1\n"):
        with pytest.raises(AssertionError):
            play(cluster, [Step("kctl get nodes", said)])
    cluster.close()


def test_readme_shows_a_plugin_as_it_is() -> None:
    shown = blocks(README, "python")
    assert [(ROOT / "plugins/require-team/kctl_require_team.py").read_text()] == shown
    assert len(shown[0].splitlines()) <= 30


def row(part: str) -> tuple[list[str], list[str]]:
    """Return what the README's table says of a part: what is there, what is not yet."""
    cells = next(line for line in README.splitlines() if line.startswith(f"| {part} |")).split("|")
    there, missing = (re.sub(r"\([^()]*\)", "", cell) for cell in cells[2:4])
    return re.findall(r"`([a-z-]+)`", there), re.findall(r"`([a-z-]+)`", missing)


def test_readme_tells_which_commands_are_there() -> None:
    there, missing = row("commands")
    assert sorted(there) == sorted(commands.names())
    assert not [name for name in missing if commands.find(name)]


def test_readme_tells_which_admission_plugins_are_there() -> None:
    line = next(line for line in README.splitlines() if line.startswith("| admission |"))
    there, missing = line.split("|")[2:4]
    names = [kind for _, kind, _, _ in ORDER]
    assert re.findall(r"\b[A-Z]\w+[a-z][A-Z]\w+|Priority", there) == names
    assert not [name for name in names if name in missing]


def test_each_case_of_the_benchmarks_has_a_figure() -> None:
    figures = README.partition("\n## Figures\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| .*`([a-z-]+)` \|$", figures, re.MULTILINE)
    assert rows == list(CASES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_pages_name_are_there(page: Path) -> None:
    for name in re.findall(r"`((?:minikube_py|plugins|tests|docs|manifests|schemas)/[\w./-]+)`", page.read_text()):
        assert (ROOT / name).exists(), name


def test_picture_is_readable_in_light_and_dark() -> None:
    picture = (ROOT / "docs" / "architecture.svg").read_text()
    tree = xml.etree.ElementTree.fromstring(picture)
    assert tree.find("{http://www.w3.org/2000/svg}title") is not None
    light, dark = picture.split("@media (prefers-color-scheme: dark)")
    dark = dark.split("</style>")[0]
    for name in ("paper", "box", "step", "hook", "store", "loop", "line", "head", "quiet"):
        assert f".{name} {{" in light and f".{name} {{" in dark


def test_readme_says_where_python_begins() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert wanted == ">=3.11" and "Python 3.11 or newer" in README


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs_and_can_be_deleted(path: Path, kctl: testing.Kctl, kctl_clock: testing.FakeClock) -> None:
    before = kctl("get all,configmaps,secrets,pv -o name")
    kctl(f"apply -f {path}")
    phases = kctl("get pods -o jsonpath='{.items[*].status.phase}'").split()
    assert phases and set(phases) == {"Running"}
    again = kctl(f"apply -f {path}").splitlines()
    assert again and all(line.endswith(" unchanged") for line in again if not line.startswith("statefulset"))
    kctl(f"delete -f {path}")
    kctl_clock.advance(60)
    kctl("delete pvc --all")
    kctl_clock.advance(60)
    assert kctl("get all,configmaps,secrets,pv -o name") == before


def test_no_page_speaks_of_this_machine() -> None:
    for page in [*PAGES, ROOT / ".ci" / "run", *EXAMPLES]:
        assert not re.search(r"/(work|tmp|root|home)/|file://", page.read_text()), page
