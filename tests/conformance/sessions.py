"""Sessions: files of kubectl command lines with what each must answer, played against a served cluster by every version of kubectl.

    # a comment
    @ file NAME                  makes a file in the session's folder; its lines follow, each after "| "
    $ [NAME=VALUE ...] kubectl WORDS [< NAME]    a command; $NS stands for the session's namespace, $DIR for its folder
    1| a line of standard output      "1>" if no newline ends it; "..." stands for anything in the line, "1| ..." for any lines
    2| a line of standard error
    1.30-1.33 1| a line that only these versions print
    = 1                               the exit code, if it is not 0
    ~ 1.27-1.29,1.31 REASON           what follows holds for these versions instead of what stands above

`python -m tests.conformance.sessions FILE ...` plays sessions with all versions and writes what they answer where it is not what the file says:
that is to be read before it is believed, and reasons of differences, which it leaves as "?", are to be found.
"""

import re
import shlex
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

from tests.conformance import conftest

FOLDER = Path(__file__).with_name("kubectl")
_SOME = re.compile(r"(1\.\d\d[-.,\d]*) (?=1\|)")
_AGE = r"(?:\d+[dhms])+"
_MASKS = (
    (r"eyJ[\w-]+\.[\w-]+\.[\w-]+", "TOKEN"),
    (r"https?://127\.0\.0\.1:\d+", "SERVER"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)", "TIME"),
    (r"\d{4}-\d\d-\d\d [\d:.]+ [+-]\d{4}( \w+ m=[+\d.]+)?", "TIME"),
    (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]+ \+0000", "DATE"),
    (r"(resourceVersion\"?: ?)\"\d+\"", r'\1"RV"'),
    (r"(?<=, was )\d{3,}$", "RV"),
    (r"kubectl/v1\.\d\d\.\d+", "kubectl/VERSION"),
    (r"-edit-\d+", "-edit-N"),
    (r"^([WEI])\d{4} [\d:.]+ +\d+ (\w+\.go:)\d+", r"\1 \2"),
    (r"kubectl\.1\.\d\d(?=\b)", "kubectl"),
    (r"\b10\.244\.\d+\.\d+\b", "POD-IP"),
    (r"\b10\.(9[6-9]|10\d|11[01])\.\d+\.\d+\b", "SERVICE-IP"),
    (r":3[0-2]\d{3}(?=/(TCP|UDP))", ":NODE-PORT"),
    (r"((?:nodePort\"?|NodePort): +(?:<unset>  )?)3[0-2]\d{3}\b", r"\1NODE-PORT"),
    (r"(LIVE|MERGED)-\d+", r"\1-N"),
    (r"\b[0-9a-f]{9,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "HASH-RANDOM"),
    (r"-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "-RANDOM"),
    (r"\b[0-9a-f]{64}\b", "SHA256"),
    (r"(Resource Version: +)\d+", r"\1RV"),
    (rf"(?<=[\s(,]){_AGE}(?: \(x\d+ over {_AGE}\))?(?= ago| {{2,}}|$|\)|\t| \()", "AGE"),
    (r"(?<=\S) {2,}(?=\S)", "  "),
    (r"(?<=\S) +$", " "),
    (r"-{3,}", "---"),
)  # fmt: skip


class Outcome(NamedTuple):
    """What a command answers, line by line; the last line of standard output may want its newline."""

    out: tuple[str, ...] = ()
    err: tuple[str, ...] = ()
    code: int = 0
    open_ended: bool = False


class Different(NamedTuple):
    """What some versions answer instead, and why."""

    versions: tuple[str, ...]
    reason: str
    outcome: Outcome


class Step(NamedTuple):
    """A command of a session."""

    number: int
    line: str
    outcome: Outcome
    different: tuple[Different, ...] = ()
    partial: tuple[tuple[int, tuple[str, ...]], ...] = ()
    written: tuple[str, ...] = ()

    def expected(self, version: str) -> Outcome:
        """Return what a version has to answer."""
        absent = {index for index, versions in self.partial if version not in versions}
        usual = self.outcome._replace(out=tuple(line for index, line in enumerate(self.outcome.out) if index not in absent))
        return next((one.outcome for one in self.different if version in one.versions), usual)

    def family(self) -> str:
        """Return kubectl's word for what is done."""
        return [word for word in shlex.split(self.line) if not re.match(r"[A-Z_]+=", word)][1]


class Session(NamedTuple):
    """A file of commands."""

    name: str
    text: tuple[str, ...]
    files: dict[str, str]
    steps: tuple[Step, ...]


def versions_of(text: str) -> tuple[str, ...]:
    """Return the versions that "1.27-1.29,1.31" names."""
    found: list[str] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += conftest.VERSIONS[conftest.VERSIONS.index(first) : conftest.VERSIONS.index(last or first) + 1]
    return tuple(found)


def named(versions: Iterable[str]) -> str:
    """Return versions in the form that `versions_of` reads."""
    numbers = sorted(conftest.VERSIONS.index(version) for version in versions)
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(conftest.VERSIONS[a] if a == b else f"{conftest.VERSIONS[a]}-{conftest.VERSIONS[b]}" for a, b in runs)


def names() -> list[str]:
    """Return the names of all sessions."""
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def read(name: str) -> Session:
    """Read a session."""
    lines = (FOLDER / f"{name}.txt").read_text().splitlines()
    files: dict[str, str] = {}
    steps: list[Step] = []
    file = ""
    for number, line in enumerate(lines, 1):
        if line.startswith("@ file "):
            file = line[7:]
            files[file] = ""
        elif line.startswith("|"):
            files[file] += line[2:] + "\n"
        elif line.startswith("$ "):
            steps.append(Step(number, line[2:], Outcome()))
        elif line and not line.startswith("#"):
            steps[-1] = _with(steps[-1], line, f"{name}:{number}")._replace(written=(*steps[-1].written, line))
    return Session(name, tuple(lines), files, tuple(steps))


def _with(step: Step, line: str, where: str) -> Step:
    """Add a line of what is expected to the step, or to the difference that was begun last."""
    if line.startswith("~ "):
        versions, _, reason = line[2:].partition(" ")
        return step._replace(different=(*step.different, Different(versions_of(versions), reason, Outcome())))
    some = _SOME.match(line)
    if some:
        step = step._replace(partial=(*step.partial, (len(step.outcome.out), versions_of(some[1]))))
        line = line[some.end() :]
    found = step.different[-1].outcome if step.different else step.outcome
    mark, rest = line[:2], line[3:]
    if mark in ("1|", "1>"):
        found = found._replace(out=(*found.out, rest), open_ended=mark == "1>")
    elif mark == "2|":
        found = found._replace(err=(*found.err, rest))
    else:
        assert mark == "= ", f"{where}: {line}"
        found = found._replace(code=int(line[2:]))
    if step.different:
        return step._replace(different=(*step.different[:-1], step.different[-1]._replace(outcome=found)))
    return step._replace(outcome=found)


def _pattern(lines: tuple[str, ...]) -> str:
    return "".join(r"(?:.*\n)*?" if line == "..." else ".*".join(re.escape(part) for part in line.split("...")) + r"\n" for line in lines)


def agrees(outcome: Outcome, found: Outcome) -> bool:
    """Return whether what was found is what is expected."""
    texts = (("".join(f"{line}\n" for line in lines)) for lines in (found.out, found.err))
    same = all(re.fullmatch(_pattern(lines), text) for lines, text in zip((outcome.out, outcome.err), texts, strict=True))
    return same and (outcome.code, outcome.open_ended) == (found.code, found.open_ended)


class Player:
    """Plays sessions by one version of kubectl, each in a namespace and a folder of its own."""

    def __init__(self, kubectl: conftest.Kubectl, home: Path, name: str) -> None:
        self._kubectl = kubectl
        self._folder = home
        self.space = f"{name}-{kubectl.version.replace('.', '-')}"

    def start(self, session: Session) -> None:
        """Make the namespace, the kubeconfig that names it, and the files."""
        config = self._folder / "config"
        config.write_text(Path(self._kubectl.environment["KUBECONFIG"]).read_text())
        config.chmod(0o600)
        self._kubectl.environment |= {"KUBECONFIG": str(config), "TMPDIR": str(self._folder)}
        self._kubectl.good("create", "namespace", self.space)
        self._kubectl.good("config", "set-context", "--current", f"--namespace={self.space}")
        for file, text in session.files.items():
            path = self._folder / file
            path.parent.mkdir(exist_ok=True)
            path.write_text(self._filled(text))

    def end(self, left: Iterable[Step]) -> None:
        """Leave nothing to those who come after, also where the session was broken off with these steps left."""
        broken_off = False
        for step in left:
            broken_off = True
            if step.line.startswith("kubectl delete"):
                self.play(step)
        self._kubectl("uncordon", "minikube")
        self._kubectl.good("delete", "namespace", self.space, f"--wait={str(broken_off).lower()}")  # a second try needs the name

    def play(self, step: Step) -> Outcome:
        """Run a command; return what it answers, with what changes from run to run masked."""
        words = shlex.split(self._filled(step.line))
        environment = dict(self._kubectl.environment)
        while not words[0].startswith("kubectl"):
            key, _, value = words.pop(0).partition("=")
            environment[key] = value
        stdin = ""
        if "<" in words:
            stdin = (self._folder / words[words.index("<") + 1]).read_text()
            words = words[: words.index("<")]
        found = self._kubectl.run(words[1:], environment, stdin, self._folder)
        out, err = self._masked(found.out), self._masked(found.err)
        return Outcome(tuple(out.splitlines()), tuple(err.splitlines()), found.code, bool(out) and not out.endswith("\n"))

    def _filled(self, text: str) -> str:
        return text.replace("$NS", self.space).replace("$DIR", str(self._folder))

    def _masked(self, text: str) -> str:
        text = text.replace(str(self._folder), "$DIR").replace(self.space, "$NS")
        for pattern, put in _MASKS:
            text = re.sub(pattern, put, text, flags=re.MULTILINE)
        return text


def _written(outcome: Outcome) -> list[str]:
    lines = [f"1| {line}" for line in outcome.out]
    if outcome.open_ended:
        lines[-1] = f"1> {outcome.out[-1]}"
    return lines + [f"2| {line}" for line in outcome.err] + ([f"= {outcome.code}"] if outcome.code else [])


def recorded(step: Step, found: dict[str, Outcome]) -> list[str]:
    """Return the lines of a step as they have to be, so that all versions find what they answered."""
    if all(agrees(step.expected(version), one) for version, one in found.items()):
        return list(step.written)
    usual, *others = _alike(step, found)
    lines = [f"{named(versions)} {line}" if len(versions) < len(usual) else line for line, versions in _merged([found[version] for version in usual], usual)]
    if agrees(step.expected(usual[-1]), found[usual[-1]]) and len({found[version] for version in usual}) == 1:
        lines = _written(step.expected(usual[-1]))
    reasons = {one.versions: one.reason for one in step.different}
    for versions in others:
        lines += [f"~ {named(versions)} {reasons.get(tuple(versions), '?')}", *_written(found[versions[-1]])]
    return lines


def _alike(step: Step, found: dict[str, Outcome]) -> list[list[str]]:
    """Return the versions, the newest last, in groups that differ in lines of standard output only: those of the newest come first."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for version, one in reversed(found.items()):
        groups.setdefault((one.err, one.code, one.open_ended and one.out, bool(one.out)), []).insert(0, version)
    return list(groups.values())


def _merged(outcomes: list[Outcome], versions: list[str]) -> list[tuple[str, list[str]]]:
    """Return the lines of several outcomes in one order, each with the versions that have it."""
    lines: list[tuple[str, list[str]]] = [(line, []) for line in _written(outcomes[-1])]
    for outcome, version in zip(outcomes, versions, strict=True):
        merged: list[tuple[str, list[str]]] = []
        own = _written(outcome)
        for kind, first, last, begin, end in SequenceMatcher(None, [line for line, _ in lines], own, autojunk=False).get_opcodes():
            merged += [(line, [*others, version] if kind == "equal" else others) for line, others in lines[first:last]]
            merged += [(line, [version]) for line in own[begin:end] if kind != "equal"]
        lines = merged
    return lines


def _record(path: Path) -> None:
    session = read(path.stem)

    def play(version: str) -> dict[int, Outcome]:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("served", "home"):
                (Path(folder) / name).mkdir()
            served = conftest.Served(Path(folder) / "served")
            kubectl = conftest.Kubectl(conftest.binary(version), version, served, Path(folder) / "home")
            player = Player(kubectl, Path(folder) / "home", session.name)
            try:
                player.start(session)
                return {step.number: player.play(step) for step in session.steps}
            finally:
                served.stop()

    with ThreadPoolExecutor(4) as pool:
        found = dict(zip(conftest.VERSIONS, pool.map(play, conftest.VERSIONS), strict=True))
    steps = {step.number: step for step in session.steps}
    lines: list[str] = []
    for number, line in enumerate(session.text, 1):
        if number in steps:
            lines += [line, *recorded(steps[number], {version: one[number] for version, one in found.items()})]
        elif not re.match(r"1[|>]|2\||= |~ |1\.\d\d", line):
            lines.append(line)
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        _record(Path(argument))
