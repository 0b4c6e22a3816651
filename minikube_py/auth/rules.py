"""What RBAC rules cover: which rights one list of rules has and another lacks (component-helpers auth/rbac/validation)."""

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

Rule = dict[str, Any]


def missing(own: Iterable[Rule], wanted: Iterable[Rule]) -> list[Rule]:
    """Return the rights of `wanted`, one a rule, that no rule of `own` covers."""
    held = list(own)
    return [right for rule in wanted for right in single(rule) if not any(covers(rule, right) for rule in held)]


def single(rule: Rule) -> Iterator[Rule]:
    """Yield the single rights of a rule: one verb on one resource of one group, perhaps of one name; or on one URL."""
    verbs = rule.get("verbs") or ()
    for group in rule.get("apiGroups") or ():
        for resource in rule.get("resources") or ():
            for verb in verbs:
                base = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
                names = rule.get("resourceNames")
                if names:
                    yield from ({**base, "resourceNames": [name]} for name in names)
                else:
                    yield base
    for url in rule.get("nonResourceURLs") or ():
        for verb in verbs:
            yield {"nonResourceURLs": [url], "verbs": [verb]}


def covers(rule: Rule, right: Rule) -> bool:
    """Tell whether one rule gives a single right."""
    if not (_has(rule, right, "verbs") and _has(rule, right, "apiGroups") and _names(rule, right)):
        return False
    resources, urls = rule.get("resources") or (), rule.get("nonResourceURLs") or ()
    return all(_resource(resources, item) for item in right.get("resources") or ()) and all(_url(urls, item) for item in right.get("nonResourceURLs") or ())


def _has(rule: Rule, right: Rule, field: str) -> bool:
    given = rule.get(field) or ()
    return "*" in given or all(item in given for item in right.get(field) or ())


def _names(rule: Rule, right: Rule) -> bool:
    given, wanted = rule.get("resourceNames"), right.get("resourceNames")
    return not given or (bool(wanted) and all(name in given for name in wanted or ()))


def _resource(given: Collection[str], wanted: str) -> bool:
    if "*" in given or wanted in given:
        return True
    _, slash, subresource = wanted.partition("/")
    return bool(slash) and f"*/{subresource}" in given


def _url(given: Collection[str], wanted: str) -> bool:
    return any(path in ("*", wanted) or (path.endswith("*") and wanted.startswith(path.rstrip("*"))) for path in given)


def merged(rights: Iterable[Rule]) -> list[Rule]:
    """Return rights with the verbs of one resource put together; those of paths stay as they are."""
    found: dict[tuple[Any, ...], Rule] = {}
    for number, right in enumerate(rights):
        key: tuple[Any, ...] = tuple(tuple(right.get(field) or ()) for field in ("apiGroups", "resources", "resourceNames"))
        if right.get("nonResourceURLs"):
            key = (number,)
        known = found.get(key)
        if known is None:
            found[key] = {**right, "verbs": list(right["verbs"])}
        else:
            known["verbs"] += right["verbs"]
    return list(found.values())


def compact(rule: Rule) -> str:
    """Return a rule as Kubernetes prints it: {APIGroups:[""], Resources:["pods"], Verbs:["get"]}."""
    names = (("APIGroups", "apiGroups"), ("Resources", "resources"), ("NonResourceURLs", "nonResourceURLs"), ("ResourceNames", "resourceNames"),
             ("Verbs", "verbs"))  # fmt: skip
    return "{" + ", ".join(f"{name}:[{' '.join(map(quoted, rule[field]))}]" for name, field in names if rule.get(field)) + "}"


def quoted(text: str) -> str:
    """Return a text in double quotes, as Go's %q prints it."""
    return json.dumps(text, ensure_ascii=False)
