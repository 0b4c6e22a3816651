"""Why a file is edited again: the comments above it; and what counts as a change of it."""

import re
from typing import Any

from minikube_py.cli import fileobjects
from minikube_py.cli.infos import Info
from minikube_py.machinery.errors import Invalid, KctlError, NotFound, StatusError, qualified, quoted

_HEADERS = {
    "applied": """# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
""",
    "": """# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
""",
}


class Reasons:
    """What went wrong with one edited file, which is at `path`."""

    def __init__(self, path: str = "") -> None:
        self.path = path
        self.count = 0  # objects that the server found invalid
        self.missing = 0
        self.retryable = 0
        self._reasons: list[tuple[str, list[str]]] = []

    def add(self, head: str, causes: list[str] | None = None) -> None:
        """Note a reason, with its causes."""
        self._reasons.append((head, causes or []))

    def header(self, mode: str) -> str:
        """Return the comments for the top of the file."""
        text = _HEADERS.get(mode, _HEADERS[""])
        for head, causes in self._reasons:
            text += f"# {_commented(head)}{':' if causes else ''}\n" + "".join(f"# * {_commented(cause)}\n" for cause in causes) + "#\n"
        return text

    def invalid_file(self, info: Info, why: str) -> str:
        """Note that the file itself is no object, and return what is said about it."""
        return self._invalid(info, [f'<nil>: Invalid value: "The edited file failed validation": {why}'])

    def refused(self, info: Info, error: KctlError) -> str:
        """Note that the server refused an object, and return what is said about it."""
        of = f"{qualified(info.resource.plural, info.resource.group)} {quoted(info.name)}"
        if isinstance(error, Invalid) or (isinstance(error, StatusError) and error.reason == "Invalid"):
            return self._invalid(info, [f"{cause.get('field', '')}: {cause['message']}" for cause in error.details.get("causes", ())])
        if isinstance(error, NotFound):
            self.missing += 1
            return f"error: {of} could not be found on the server"
        self.retryable += 1
        return f"error: {of} could not be patched: {error}"

    def _invalid(self, info: Info, causes: list[str]) -> str:
        of = f"{qualified(info.resource.plural, info.resource.group)} {quoted(info.name)}"
        self.count += 1
        self.add(f"{of} was not valid", causes)
        return f"error: {of} is invalid"


def _commented(text: str) -> str:
    return re.sub(r"\n(?=[^#])", "\n# ", text)


def without_comments(content: bytes) -> bytes:
    """Return a file without the lines that are comments."""
    lines = content.split(b"\n")
    kept = [line + (b"\n" if number < len(lines) else b"") for number, line in enumerate(lines, 1) if not _is_comment(line)]
    return b"".join(kept)


def _is_comment(line: bytes) -> bool:
    bare = line.strip()
    return bare.startswith(b"#") and not bare.startswith(b"#!")


def _value(content: bytes) -> Any:
    """Return what YAML says, comments apart: its value, or its text where it cannot be read. JSON is taken as it is written, as by kubectl."""
    from minikube_py.kits import yaml

    if _is_json(content):
        return content
    try:
        return yaml.load(content)
    except yaml.YAMLError:
        return without_comments(content)


def _is_json(content: bytes) -> bool:
    return content.lstrip().startswith(b"{")


def same(before: bytes, after: bytes) -> bool:
    """Tell whether two files say the same, comments apart."""
    from minikube_py.machinery.patch import values

    return values.same(_value(before), _value(after))


def has_lines(content: bytes) -> bool:
    """Tell whether anything but comments is left."""
    return any(line.strip() and not line.strip().startswith(b"#") for line in content.split(b"\n"))


def problem(content: bytes) -> str:
    """Return why a file holds no object, or ""."""
    from minikube_py.kits import yaml

    if _is_json(content):
        trailing = _after_json(content.decode("utf-8", "replace"))
        if trailing:
            return f"invalid character {quoted(trailing)[1:-1]!r} after top-level value"
    try:
        value = yaml.load(content if b"\n---" in content else without_comments(content))
    except yaml.YAMLError as error:
        return error.message.removeprefix("error converting YAML to JSON: ")
    found = fileobjects.identity_problems(value)
    return found[0] if len(found) == 1 else f"[{', '.join(found)}]" if found else ""


def _after_json(text: str) -> str:
    """Return the first character behind a JSON value."""
    import json

    try:
        _, end = json.JSONDecoder().raw_decode(text.lstrip())
    except ValueError:
        return ""
    return text.lstrip()[end:].lstrip()[:1]
