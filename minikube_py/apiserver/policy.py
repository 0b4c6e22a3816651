"""Asks the plugins: who is it, may they, does admission agree. Whatever a plugin does, the answer is never a silent yes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from minikube_py.kits.clock import Clock
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object
from minikube_py.plugin import auth, guard
from minikube_py.plugin.auth import Attributes, Credentials, Decision, UserInfo

if TYPE_CHECKING:
    from minikube_py.plugin.admission import AdmissionPlugin
    from minikube_py.plugin.admission import Attributes as Admission
    from minikube_py.plugin.registries import Entry, Registry
    from minikube_py.plugin.reader import Reader

_VERDICTS = frozenset({auth.ALLOW, auth.DENY, auth.NO_OPINION})


class Policy:
    """The policies of one apiserver. `registry(what)` gives the plugins; it is not asked before somebody needs them."""

    def __init__(self, registry: "Callable[[str], Registry[Any]]", reader: "Reader", clock: Clock, *, anonymous: bool = False,
                 disabled: frozenset[str] = frozenset()) -> None:  # fmt: skip
        self._registry = registry
        self._reader = reader
        self._clock = clock
        self._anonymous = anonymous
        self._disabled = disabled
        self._handlers: dict[tuple[str, str], list[Entry[AdmissionPlugin]]] = {}

    def authenticate(self, credentials: Credentials) -> UserInfo:
        """Return whose credentials these are. As in kube-apiserver the loopback identity comes before all plugins."""
        if credentials.local is not None:
            return credentials.local
        if credentials == Credentials():
            if self._anonymous:
                return UserInfo(auth.ANONYMOUS, (auth.ALL_UNAUTHENTICATED,))
            raise errors.Unauthorized()
        for entry in self._registry("authenticators"):
            user = guard.call(entry.name, entry.trusted, entry.value.authenticate, credentials, self._reader)
            if user is None:
                continue
            if not isinstance(user, UserInfo) or not user.name:
                raise errors.InternalError(f'plugin "{entry.name}" returned no UserInfo')
            return user
        raise errors.Unauthorized()

    def authorize(self, attributes: Attributes) -> Decision:
        """Return the first allow or deny; a plugin that fails has no opinion, and no opinion at all means deny."""
        if auth.MASTERS in attributes.user.groups:  # kube-apiserver asks its privileged group before all authorizers
            return Decision(auth.ALLOW)
        reasons = []
        for entry in self._registry("authorizers"):
            try:
                decision = guard.call(entry.name, entry.trusted, entry.value.authorize, attributes, self._reader)
            except (errors.StatusError, ValueError) as error:
                reasons.append(str(error))
                continue
            if not isinstance(decision, Decision) or decision.verdict not in _VERDICTS:
                reasons.append(f'plugin "{entry.name}" returned no Decision')
                continue
            if decision.verdict != auth.NO_OPINION:
                return decision
            if decision.reason:
                reasons.append(decision.reason)
        return Decision(auth.DENY, ", ".join(reasons))

    def mutates(self, operation: str, resource: str) -> bool:
        """Tell whether any admission plugin handles this operation on this resource (`pods`, `pods/binding`)."""
        return bool(self._handling(operation, resource))

    def admit(self, attributes: "Admission") -> None:
        """Let the admission plugins change the object, in order."""
        for entry in self._handling(attributes.operation, _resource(attributes)):
            before = None if entry.trusted or attributes.object is None else meta.clone(attributes.object)
            self._ask(entry, entry.value.admit, attributes)
            if before is not None:
                _must_be_the_same(entry.name, attributes.object, before)

    def validate(self, attributes: "Admission") -> None:
        """Let the admission plugins refuse the object, in order; a change of the object is not taken over."""
        for entry in self._handling(attributes.operation, _resource(attributes)):
            if entry.trusted:
                self._ask(entry, entry.value.validate, attributes)
                continue
            kept = attributes.object
            attributes.object = None if kept is None else meta.clone(kept)
            try:
                self._ask(entry, entry.value.validate, attributes)
            finally:
                attributes.object = kept

    def _ask(self, entry: "Entry[AdmissionPlugin]", function: "Callable[[Admission, Reader, Clock], None]", attributes: "Admission") -> None:
        try:
            answer: object = guard.call(entry.name, entry.trusted, function, attributes, self._reader, self._clock)
        except ValueError as error:
            raise errors.Forbidden(attributes.resource, attributes.name, str(error), attributes.group) from error
        if answer is not None:
            raise errors.InternalError(f'plugin "{entry.name}" returned {type(answer).__name__}: an admission plugin refuses by raising, and returns None')

    def _handling(self, operation: str, resource: str) -> "list[Entry[AdmissionPlugin]]":
        found = self._handlers.get((operation, resource))
        if found is None:
            found = [entry for entry in self._registry("admission_plugins") if entry.name not in self._disabled and _handles(entry.value, operation, resource)]
            self._handlers[operation, resource] = found
        return found


def _resource(attributes: "Admission") -> str:
    name = errors.qualified(attributes.resource, attributes.group)
    return f"{name}/{attributes.subresource}" if attributes.subresource else name


def _handles(plugin: "AdmissionPlugin", operation: str, resource: str) -> bool:
    if operation not in plugin.operations:
        return False
    return resource in plugin.resources or (not plugin.resources and "/" not in resource)


def _must_be_the_same(plugin: str, obj: Object | None, before: Object) -> None:
    if not isinstance(obj, dict) or not isinstance(obj.get("metadata"), dict):
        raise errors.InternalError(f'plugin "{plugin}" left no object behind')
    for field in ("apiVersion", "kind"):
        if obj.get(field) != before.get(field):
            raise errors.InternalError(f'plugin "{plugin}" changed {field}')
    for field in ("name", "namespace", "uid"):
        if obj["metadata"].get(field) != before["metadata"].get(field):
            raise errors.InternalError(f'plugin "{plugin}" changed metadata.{field}')
