"""kubectl describe role, clusterrole, rolebinding and clusterrolebinding. None of them shows events."""

from collections.abc import Iterable, Iterator
from typing import Any

from minikube_py.describers import golang, multiline
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery.meta import Object

_FIELDS = (("Verbs", "verbs"), ("APIGroups", "apiGroups"), ("Resources", "resources"), ("ResourceNames", "resourceNames"),
           ("NonResourceURLs", "nonResourceURLs"))  # fmt: skip
Rule = dict[str, list[str]]


def describe(role: Object, w: Writer, context: Context) -> None:
    """Write a role: one line for each resource and name, or URL."""
    multiline.named(w, role, namespaced=False)
    w.line("PolicyRule:")
    w.row(1, "Resources", "Non-Resource URLs", "Resource Names", "Verbs")
    w.row(1, "---------", "-----------------", "--------------", "-----")
    for rule in compact(role.get("rules") or ()):
        lists = (golang.listing(rule.get(field)) for field in ("nonResourceURLs", "resourceNames", "verbs"))
        w.row(1, qualified(rule), *lists)


def compact(rules: Iterable[dict[str, Any]]) -> list[Rule]:
    """Return rules of one resource or URL each, those that differ by verb alone made one, in kubectl's order."""
    merged: dict[tuple[str, ...], Rule] = {}
    urls = []
    for rule in rules:
        for part in _broken_down(rule):
            if "nonResourceURLs" in part:
                urls.append(part)
                continue
            key = (part["apiGroups"][0], part["resources"][0], *part.get("resourceNames", ()))
            known = merged.setdefault(key, part)
            known["verbs"] += [verb for verb in part["verbs"] if verb not in known["verbs"]]
    return sorted([*urls, *merged.values()], key=_text)


def _broken_down(rule: dict[str, Any]) -> Iterator[Rule]:
    for group in rule.get("apiGroups") or ():
        for resource in rule.get("resources") or ():
            for verb in rule.get("verbs") or ():
                single: Rule = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
                names = rule.get("resourceNames") or ()
                yield from ([{**single, "verbs": [verb], "resourceNames": [name]} for name in names] or [single])
    for url in rule.get("nonResourceURLs") or ():
        yield from ({"nonResourceURLs": [url], "verbs": [verb]} for verb in rule.get("verbs") or ())


def _text(rule: Rule) -> str:
    """Return a rule as the API's type prints itself: kubectl sorts by it, and so by verbs first."""
    return "".join(f"{name}:{golang.listing(rule.get(field))}," for name, field in _FIELDS)


def qualified(rule: Rule) -> str:
    """Return the resource of a rule with its group: deployments.apps/scale."""
    if not rule.get("resources"):
        return ""
    resource, slash, subresource = rule["resources"][0].partition("/")
    group = rule["apiGroups"][0]
    return f"{resource}.{group}{slash}{subresource}" if group else f"{resource}{slash}{subresource}"


def describe_binding(binding: Object, w: Writer, context: Context) -> None:
    """Write who has which role."""
    multiline.named(w, binding, namespaced=False)
    w.line("Role:")
    reference = binding.get("roleRef") or {}
    w.field("Kind", reference.get("kind") or "", 1)
    w.field("Name", reference.get("name") or "", 1)
    w.line("Subjects:")
    w.header(1, "Kind", "Name", "Namespace")
    for subject in binding.get("subjects") or ():
        w.row(1, *(subject.get(field) or "" for field in ("kind", "name", "namespace")))
