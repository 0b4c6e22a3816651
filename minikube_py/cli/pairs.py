"""Arguments of the form KEY=VALUE and KEY-, behind the resources that they change."""

from collections.abc import Sequence

from minikube_py.machinery import names
from minikube_py.machinery.errors import KctlError, quoted


def split(arguments: Sequence[str], what: str) -> tuple[list[str], list[str]]:
    """Return the arguments that name resources, and those that change them; `what` is label or annotation."""
    resources: list[str] = []
    changes: list[str] = []
    for word in arguments:
        is_change = ("=" in word and word[0] != "=") or (word.endswith("-") and word != "-")
        if not is_change and changes:
            raise KctlError(f"all resources must be specified before {what} changes: {word}")
        (changes if is_change else resources).append(word)
    return resources, changes


def labels(changes: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return the labels to set, and the keys to remove."""
    added: dict[str, str] = {}
    removed: list[str] = []
    for change in changes:
        if "=" not in change:
            removed.append(change.removesuffix("-"))
            continue
        key, _, value = change.partition("=")
        if "=" in value:
            raise KctlError(f"invalid label spec: {change}")
        problems = names.label_value(value)
        if problems:
            raise KctlError(f"invalid label value: {quoted(change)}: {';'.join(problems)}")
        added[key] = value
    if any(key in added for key in removed):
        raise KctlError("can not both modify and remove a label in the same command")
    return added, removed


def parse(changes: Sequence[str], what: str, *, removable: bool) -> tuple[dict[str, str], list[str]]:
    """Return the values to set, and the keys to remove; `what` is annotation or image."""
    added: dict[str, str] = {}
    removed: list[str] = []
    invalid: list[str] = []
    for change in changes:
        key, equals, value = change.partition("=")
        if equals and key:
            added[key] = value
        elif removable and change.endswith("-") and change != "-":
            removed.append(change.removesuffix("-"))
        else:
            invalid.append(change)
    if invalid:
        raise KctlError(f"invalid {what} format: {', '.join(invalid)}")
    return added, removed
