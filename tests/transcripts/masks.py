"""What each run makes anew, taken out of what is printed; columns keep their widths."""

import json
import re
from collections.abc import Mapping

from tests.transcripts.script import Printed, Step

_AGE = r"(?:\d+d)?(?:\d+h)?(?:\d+m)?\d+s"
_PADDED = (  # what is masked together with the blanks behind it: the column stays as wide as it is
    (re.compile(rf"(?<![\w.-]){_AGE}\b( *)"), "<age>"),
    (re.compile(r"(?<=  )\d+m(?=$|  )( *)", re.MULTILINE), "<age>"),
)
_WIDENED = re.compile(r"\bAGE( {4,6})(?=[A-Z])")  # a column of ages, some of which have more than three characters: a run may take minutes
_ADDRESS = re.compile(r"\b10\.(?:\d{1,3}\.){2}\d{1,3}\b")  # of any width: the columns of a table with one are not compared
_PLAIN = (
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)"), "<time>"),
    (re.compile(r"\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000"), "<date>"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), "<uid>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9} [+-]\d{4}"), "<time>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} UTC"), "<time>"),
    (re.compile(r"(Resource Version: +)\d+"), r"\1<revision>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<id>"),
    (re.compile(r"(resourceVersion\"?: ?)\"\d+\""), r'\1"<revision>"'),
    (re.compile(r"(resourceVersion(?:\\\\?\"|):\\?\"?)\d+"), r"\1<revision>"),
    (re.compile(r"(resource version to be \S+, was )\d+"), r"\1<revision>"),
    (re.compile(r"-[bcdfghjklmnpqrstvwxz2456789]{5}\b(?!-)"), "-*****"),
    (re.compile(r"\b([EFIW])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ \w+\.go:\d+\] "), r"\1<klog> "),
    # What each client logs of itself: which file it read, and kubectl of features of its own; what is served is asked by those who do not know it yet.
    (re.compile(r'^I<klog> (?:Config loaded from file: |"Feature gate default state"|.*url="[^"]*/apis?\?timeout=32s").*\n', re.MULTILINE), ""),
    (re.compile(r"([?&]continue=|\"continue\": ?\")[\w=%-]+"), r"\1<token>"),
    (re.compile(r"\b(m|\w+M)illiseconds=\d+"), r"\1illiseconds=<n>"),
    (re.compile(r"(User-Agent: )\S+ \([\w/]+\) kubernetes/[\w.]+"), r"\1<agent>"),
    (re.compile(r"^[EIW]<klog> .*informerwatcher\.go.*\n", re.MULTILINE), ""),  # now and then, where kubectl gives up waiting
    (re.compile(r"(?:https://127\.0\.0\.1:\d+|kctl://minikube)"), "<server>"),
    (re.compile(r"\b(LIVE|MERGED)-\d+"), r"\1-<number>"),
    (re.compile(r"kubectl(?:\.\d+\.\d+)?-edit-\d+"), "kubectl-edit-<number>"),
    (re.compile(r'("manager":")kubectl\.\d+\.\d+"'), r'\1kubectl"'),
    (re.compile(r"\b(manager: ?)kubectl\.\d+\.\d+\b"), r"\1kubectl"),
    (re.compile(r"\bkubectl\.\d+\.\d+ "), "kubectl "),
    (re.compile(r" --kubeconfig=<home>/kubeconfig\b"), ""),  # what kctl on a server is told beside, and notes for --record
)  # fmt: skip
# Servers sort managers by the second of each one's last write, and whether two commands fall into one second is luck.
_MANAGERS_JSON = re.compile(r'"managedFields": ?(?=\[)')
_MANAGERS_YAML = re.compile(r"^( *)managedFields:\n((?:\1- .*\n(?:\1  .*\n)*)+)", re.MULTILINE)
_OWN_NAME = re.compile(r"\bkctl\b(?!\.dev|://)")


def mask(printed: Printed, step: Step, places: Mapping[str, str], *, own: bool = False) -> Printed:
    """Return what a command printed without what is new in each run. `places`: directories and what stands for each. `own`: printed by kctl."""

    def one(text: str) -> str:
        for place, name in places.items():
            text = text.replace(place, name)
        if own:
            text = _OWN_NAME.sub("kubectl", text)
        text = _narrowed(text)
        for pattern, put in _PADDED:
            text = pattern.sub(lambda found, put=put: put.ljust(len(found[0])) if found[1] else put, text)
        for pattern, put in _PLAIN:
            text = pattern.sub(put, text)
        text = _MANAGERS_YAML.sub(_by_manager, _with_managers_in_order(text))
        text = "\n\n".join(_without_addresses(block) for block in text.split("\n\n"))
        return "".join(sorted(text.splitlines(keepends=True))) if step.any_order else text

    return Printed(printed.code, one(printed.out), one(printed.err))


def _narrowed(text: str) -> str:
    """Make columns of ages as wide as where all ages are short."""
    lines, begin, end = text.split("\n"), 0, 0
    for number, line in enumerate(lines):
        head = _WIDENED.search(line)
        if head is not None:
            begin, end = head.span()
        elif not line:
            end = 0
        if end and (head is not None or re.fullmatch(rf"{_AGE} +", line[begin:end])):
            lines[number] = line[:begin] + line[begin:end].split(" ")[0][-5:].ljust(6) + line[end:]
    return "\n".join(lines)


def _without_addresses(block: str) -> str:
    found = _ADDRESS.sub("<ip>", block)
    return found if found == block or "   " not in found else re.sub(" {3,}", "   ", found)


def _with_managers_in_order(text: str) -> str:
    """Sort the lists of managers in JSON: of a line's own, and indented."""
    done, rest = "", text
    while found := _MANAGERS_JSON.search(rest):
        try:
            managers, length = json.JSONDecoder().raw_decode(rest[found.end() :])
        except ValueError:  # a part of a document
            break
        inner = rest[found.end() : found.end() + length]
        if len(managers) > 1:
            inner = _dumped(sorted(managers, key=_manager), inner)
        done, rest = done + rest[: found.end()] + inner, rest[found.end() + length :]
    return done + rest


def _dumped(managers: list[object], like: str) -> str:
    if "\n" not in like:
        return json.dumps(managers, ensure_ascii=False, separators=(",", ":"))
    margin = like[like.rindex("\n") + 1 : -1]
    return json.dumps(managers, ensure_ascii=False, indent=4).replace("\n", "\n" + margin)


def _manager(entry: dict[str, object]) -> str:
    return f"{entry['manager']} {json.dumps(entry)}"


def _by_manager(found: re.Match[str]) -> str:
    head, body = f"{found[1]}managedFields:\n", found[2]
    entries = re.split(rf"(?m)^(?={found[1]}- )", body)[1:]
    return head + "".join(sorted(entries, key=lambda entry: (re.findall(r"manager: (.*)", entry)[:1], entry)))
