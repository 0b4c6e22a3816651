"""ApplySets: the objects that were applied together, known by a label, and their parent that tells which kinds there are and where.

What kubectl calls alpha: KUBECTL_APPLYSET=true, kubectl apply --prune --applyset (kubectl pkg/cmd/apply/applyset.go).
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from minikube_py.cli import dryrun
from minikube_py.cli.infos import Info
from minikube_py.client import api
from minikube_py.machinery import errors, meta
from minikube_py.machinery.errors import KctlError, quoted
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource, Scheme

if TYPE_CHECKING:
    from minikube_py.cli.outcome import Outcome
    from minikube_py.client.rest import RestClient

VARIABLE = "KUBECTL_APPLYSET"
_PREFIX = "applyset.kubernetes.io/"
_TOOLING, _NAMESPACES, _KINDS = f"{_PREFIX}tooling", f"{_PREFIX}additional-namespaces", f"{_PREFIX}contains-group-kinds"
_OLD_KINDS = f"{_PREFIX}contains-group-resources"
_ID, _PART_OF, _PARENT_TYPE = f"{_PREFIX}id", f"{_PREFIX}part-of", f"{_PREFIX}is-parent-type"
_TOOL = "kubectl"  # kctl and kubectl may take turns on one set
_PARENTS = (("", "secrets"), ("", "configmaps"))


class ApplySet:
    """One set, during one apply. `parent` is [RESOURCE][.GROUP]/NAME."""

    def __init__(self, client: "RestClient", parent: str, namespace: str, version: str, options: dict[str, Any], dry_run: str) -> None:
        self._client = client
        self._options, self._dry_run = options, dry_run
        self._tooling = f"{_TOOL}/{version}"
        self._resource, self._name = _parent(client.scheme, parent)
        self._namespace = namespace if self._resource.namespaced else ""
        self._current: dict[str, Resource] = {}
        self._updated: dict[str, Resource] = {}
        self._current_namespaces: set[str] = set()
        self._updated_namespaces: set[str] = set()

    @property
    def id(self) -> str:
        """Return the value of the label that members have."""
        of = self._resource
        digest = hashlib.sha256(".".join((self._name, self._namespace, of.kind, of.group)).encode()).digest()
        return f"applyset-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}-v1"

    def validate(self) -> None:
        """Refuse parents that cannot be one."""
        problems = []
        of = self._resource
        if of.namespaced and not self._namespace:
            problems.append("namespace is required to use namespace-scoped ApplySet")
        if (of.group, of.plural) not in _PARENTS and not self._is_permitted():
            problems.append(f"resource {quoted(f'{of.group}/{of.version}, Resource={of.plural}')} is not permitted as an ApplySet parent")
        if problems:
            raise KctlError(problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")

    def _is_permitted(self) -> bool:
        found = self._client.items("customresourcedefinitions.apiextensions.k8s.io", label_selector=_PARENT_TYPE)
        return f"{self._resource.plural}.{self._resource.group}" in map(meta.name, found)

    def label(self, infos: Iterable[Info]) -> None:
        """Give members their label."""
        for info in infos:
            metadata = info.there.setdefault("metadata", {})
            labels = metadata.get("labels") or {}
            if _PART_OF in labels:
                raise KctlError(f'ApplySet label "{_PART_OF}" already set in input data')
            metadata["labels"] = {**labels, _PART_OF: self.id}

    def before(self, infos: Iterable[Info]) -> None:
        """Let the parent tell of all that will be applied, before it is: what is interrupted leaks nothing."""
        self._fetch()
        for info in infos:
            of = info.resource
            self._updated.setdefault(_kind(of), of)
            if of.namespaced and info.namespace:
                self._updated_namespaces.add(info.namespace)
        self._update({*self._current, *self._updated}, self._current_namespaces | self._updated_namespaces)

    def prune(self, outcome: "Outcome", kept: set[str], delete_options: dict[str, Any]) -> None:
        """Delete members that were not applied, and let the parent tell of the others only."""
        members = [(of, obj) for of in self._current.values() for obj in self._members(of) if meta.uid(obj) not in kept]
        for of, obj in members:
            if self._dry_run != dryrun.CLIENT:
                try:
                    self._client.delete(of, meta.name(obj), meta.namespace(obj), **delete_options)
                except KctlError as error:
                    place = f"{meta.namespace(obj)}/" if of.namespaced else ""
                    raise KctlError(f"pruning {_kind(of)} {place}{meta.name(obj)}: {error}") from error
            outcome.tell(obj, "pruned")
        try:
            self._update(self._updated, self._updated_namespaces)
        except KctlError as error:
            raise KctlError(f"apply and prune succeeded, but ApplySet update failed: {error}") from error

    def _members(self, of: Resource) -> list[Object]:
        try:
            return [obj for place in (sorted(self._current_namespaces) if of.namespaced else [""])
                    for obj in self._client.items(of, place, label_selector=f"{_PART_OF}={self.id}")]  # fmt: skip
        except KctlError as error:
            raise KctlError(f"listing {of.group}/{of.version}, Kind={of.kind} objects for pruning: {error}") from error

    def __str__(self) -> str:
        return f"{self._resource.plural}.{self._resource.group}/{self._name}"

    def _fetch(self) -> None:
        """Read the parent, where it is there, and refuse one that is not this set's."""
        of = self._resource
        try:
            parent = self._client.get(of, self._name, self._namespace)
        except errors.NotFound:
            if (of.group, of.plural) not in _PARENTS:
                raise KctlError("custom resource ApplySet parents cannot be created automatically") from None
            return
        except KctlError as error:
            raise KctlError(f"failed to fetch ApplySet parent object {quoted(str(self))}: {error}") from error
        self._check(parent)
        annotations = meta.annotations(parent)
        try:
            self._current = _kinds(self._client.scheme, annotations)
        except KctlError as error:
            raise KctlError(f"parsing ApplySet annotation on {quoted(str(self))}: {error}") from error
        self._current_namespaces = {name for name in annotations.get(_NAMESPACES, "").split(",") if name}
        if of.namespaced:
            self._current_namespaces.add(self._namespace)

    def _check(self, parent: Object) -> None:
        here = f"ApplySet parent object {quoted(str(self))}"
        tooling = meta.annotations(parent).get(_TOOLING)
        if tooling is None:
            raise KctlError(f'{here} already exists and is missing required annotation "{_TOOLING}"')
        tool = tooling.rpartition("/")[0] if "/" in tooling else tooling
        if tool != _TOOL:
            raise KctlError(f'{here} already exists and is managed by tooling {quoted(tool)} instead of "{_TOOL}"')
        found = meta.labels(parent).get(_ID)
        if found is None:
            raise KctlError(f"{here} exists and does not have required label {_ID}")
        if found != self.id:
            raise KctlError(f'{here} exists and has incorrect value for label "{_ID}" (got: {found}, want: {self.id})')

    def _update(self, kinds: Iterable[str], namespaces: set[str]) -> None:
        if self._dry_run == dryrun.CLIENT:
            return
        metadata: Object = {
            "name": self._name,
            "labels": {_ID: self.id},
            "annotations": {
                _TOOLING: self._tooling,
                _KINDS: ",".join(sorted(kinds)),
                _NAMESPACES: ",".join(sorted(namespaces - {self._namespace})),
            },
        }
        if self._namespace:
            metadata["namespace"] = self._namespace
        body = {"kind": self._resource.kind, "apiVersion": self._resource.api_version, "metadata": metadata}
        options = {**self._options, "field_manager": f"{_TOOL}-applyset"}
        try:
            try:
                self._send(body, options, force=False)
            except errors.ApplyConflict:
                self._send(body, options, force=True)
        except KctlError as error:
            raise KctlError(f"failed to update ApplySet: {error}") from error

    def _send(self, body: Object, options: dict[str, Any], *, force: bool) -> None:
        self._client.patch(self._resource, self._name, self._namespace, body, patch_type=api.APPLY_PATCH, force=force, **options)


def _kind(of: Resource) -> str:
    """Return a kind as the annotation spells it: Deployment.apps."""
    return f"{of.kind}.{of.group}" if of.group else of.kind


def _parent(scheme: Scheme, text: str) -> tuple[Resource, str]:
    kind, slash, name = text.partition("/") if "/" in text else ("secrets", "/", text)
    if not name:
        raise KctlError(f"invalid parent reference {quoted(text)}: name cannot be blank")
    found = scheme.find(kind)
    if found is None:
        plural, _, group = kind.partition(".")
        problem = "no matches for" if plural else "a resource must be present, got:"
        raise KctlError(f"invalid parent reference {quoted(text)}: {problem} {group}/, Resource={plural}")
    return found, name


def _kinds(scheme: Scheme, annotations: dict[str, str]) -> dict[str, Resource]:
    written = annotations.get(_KINDS)
    if written is None:
        if not annotations.get(_OLD_KINDS):
            raise KctlError(f'kubectl requires the "{_KINDS}" annotation to be set on all ApplySet parent objects')
        return {_kind(of): of for of in _resources(scheme, annotations[_OLD_KINDS].split(","))}
    found = {}
    for text in written.split(",") if written else ():
        kind, _, group = text.partition(".")
        of = next((each for each in scheme if (each.group, each.kind) == (group, kind) and each.served), None)
        if of is None:
            raise KctlError(f'could not find mapping for kind in "{_KINDS}" annotation: no matches for kind "{kind}" in group "{group}"')
        found[text] = scheme.preferred(*of.key) or of
    return found


def _resources(scheme: Scheme, words: Sequence[str]) -> list[Resource]:
    found = []
    for word in words:
        of = scheme.find(word)
        if of is None:
            plural, _, group = word.partition(".")
            raise KctlError(f'invalid group resource in "{_OLD_KINDS}" annotation: no matches for {group}/, Resource={plural}')
        found.append(of)
    return found
