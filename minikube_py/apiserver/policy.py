"""Asks the plugins: who is it, may they, does admission agree. Whatever a plugin does, the answer is never a silent yes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from minikube_py.kits.clock import Clock
from minikube_py.machinery import errors
from minikube_py.plugin import auth, guard
from minikube_py.plugin.auth import Attributes, Credentials, Decision, UserInfo

if TYPE_CHECKING:
    from minikube_py.plugin.admission import AdmissionPlugin
    from minikube_py.plugin.admission import Attributes as Admission
    from minikube_py.plugin.reader import Reader
    from minikube_py.plugin.registries import Entry, Registry

_VERDICTS = (auth.ALLOW, auth.DENY, auth.NO_OPINION)
_OPERATIONS = frozenset({"CREATE", "UPDATE", "DELETE", "CONNECT"})
_ALL_RULES: tuple[dict[str, Any], ...] = (
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
)
_MASTER = Decision(auth.ALLOW)


class Policy:
    """The policies of one apiserver. `registry(what)` gives the plugins; it is not asked before somebody needs them."""

    def __init__(self, registry: "Callable[[str], Registry[Any]]", reader: "Reader", clock: Clock, *, anonymous: bool = False,
                 disabled: frozenset[str] = frozenset()) -> None:  # fmt: skip
        self._registry = registry
        self._reader = reader
        self._clock = clock
        self._anonymous = anonymous
        self._disabled = disabled
        self._handlers: dict[tuple[str, str, str, str], list[Entry[AdmissionPlugin]]] = {}

    def authenticate(self, credentials: Credentials) -> UserInfo:
        """Return whose credentials these are. As in kube-apiserver the loopback identity comes before all plugins."""
        if credentials.local is not None:
            return credentials.local
        if credentials.unreadable:
            raise errors.Unauthorized()
        if credentials == Credentials():
            if self._anonymous:
                return UserInfo(auth.ANONYMOUS, (auth.ALL_UNAUTHENTICATED,))
            raise errors.Unauthorized()
        for entry in self._registry("authenticators"):
            user = self._authenticated(entry, credentials)
            if user is not None:
                return user
        raise errors.Unauthorized()

    def _authenticated(self, entry: "Entry[Any]", credentials: Credentials) -> UserInfo | None:
        try:
            user: object = self._call(entry, "authenticate", credentials)
        except errors.InternalError:
            raise
        except (errors.StatusError, ValueError) as error:  # of whatever code: these are bad credentials
            raise errors.Unauthorized() from error
        if user is None:
            return None
        found = _user(user)
        if found is None:
            raise errors.InternalError(f'plugin "{entry.name}" returned no UserInfo')
        return found

    def authorize(self, attributes: Attributes) -> Decision:
        """Return the first allow or deny; a plugin that fails has no opinion, and no opinion at all means deny."""
        if auth.MASTERS in attributes.user.groups:  # kube-apiserver asks its privileged group before all authorizers
            return _MASTER
        reasons = []
        for entry in self._registry("authorizers"):
            try:
                decision: object = entry.value.authorize(attributes, self._reader) if entry.trusted else self._call(entry, "authorize", attributes)
            except (errors.StatusError, ValueError) as error:
                reasons.append(str(error))
                continue
            if type(decision) is not Decision or decision.verdict not in _VERDICTS or not isinstance(decision.reason, str):
                reasons.append(f'plugin "{entry.name}" returned no Decision')
                continue
            if decision.verdict != auth.NO_OPINION:
                return decision
            if decision.reason:
                reasons.append(decision.reason)
        return Decision(auth.DENY, ", ".join(reasons))

    def rules_for(self, user: UserInfo, namespace: str) -> tuple[list[dict[str, Any]], str]:
        """Return the rules that a user has in a namespace, and why they may not be all of them (or an empty text)."""
        if auth.MASTERS in user.groups:
            return list(_ALL_RULES), ""
        rules: list[dict[str, Any]] = []
        unknown = []
        for entry in self._registry("authorizers"):
            tell = getattr(entry.value, "rules_for", None) if entry.trusted else None
            if tell is not None:
                rules.extend(tell(user, namespace, self._reader))
            elif not entry.trusted:
                unknown.append(f"authorizer {entry.name} does not support user rule resolution")
        return rules, ", ".join(unknown)

    def admit(self, attributes: "Admission") -> bool:
        """Let the admission plugins change the object, in order; tell whether there were any."""
        handling = self._handling(attributes)
        for entry in handling:
            if entry.trusted:
                self._ask(entry, "admit", attributes)
            else:
                self._ask_stranger(entry, "admit", attributes)
        return bool(handling)

    def validate(self, attributes: "Admission") -> None:
        """Let the admission plugins refuse the object, in order; a change of the object is not taken over."""
        for entry in self._handling(attributes):
            if entry.trusted:
                self._ask(entry, "validate", attributes)
            else:
                self._ask_stranger(entry, "validate", attributes)

    def _ask_stranger(self, entry: "Entry[AdmissionPlugin]", method: str, attributes: "Admission") -> None:
        """Let a plugin look at copies only; take over what it may have changed once that is checked."""
        from minikube_py.apiserver import strangers

        given = attributes.copy()
        self._ask(entry, method, given)
        if method == "admit":
            strangers.take_over(entry.name, given, attributes)
        attributes.warnings.extend(text for text in given.warnings if isinstance(text, str))
        attributes.annotations.update({key: text for key, text in given.annotations.items() if isinstance(key, str) and isinstance(text, str)})

    def _ask(self, entry: "Entry[AdmissionPlugin]", method: str, attributes: "Admission") -> None:
        try:
            answer: object = self._call(entry, method, attributes, self._clock)
        except ValueError as error:
            raise errors.Forbidden(attributes.resource, attributes.label, str(error), attributes.group) from error
        if answer is not None:
            raise errors.InternalError(f'plugin "{entry.name}" returned {type(answer).__name__}: an admission plugin refuses by raising, and returns None')

    def _call(self, entry: "Entry[Any]", method: str, subject: object, *more: object) -> object:
        """Call a plugin's method with a reader that works as long as the call lasts."""
        if entry.trusted:
            return getattr(entry.value, method)(subject, self._reader, *more)
        lease = guard.Lease(self._reader)
        try:
            return guard.call(entry.name, False, lambda: getattr(entry.value, method)(subject, lease, *more))
        finally:
            lease.end()

    def _handling(self, attributes: "Admission") -> "list[Entry[AdmissionPlugin]]":
        key = (attributes.operation, attributes.group, attributes.resource, attributes.subresource)
        found = self._handlers.get(key)
        if found is None:
            name = errors.qualified(attributes.resource, attributes.group)
            resource = f"{name}/{attributes.subresource}" if attributes.subresource else name
            found = [entry for entry in self._registry("admission_plugins") if entry.name not in self._disabled and _handles(entry, key[0], resource)]
            self._handlers[key] = found
        return found


def _user(user: object) -> UserInfo | None:
    """Return a plugin's answer where it is a UserInfo through and through: a text for groups would be searched letter by letter."""
    if not isinstance(user, UserInfo) or not user.name or not isinstance(user.name, str) or not isinstance(user.uid, str):
        return None
    if not isinstance(user.groups, tuple | list) or not all(isinstance(group, str) for group in user.groups):
        return None
    return UserInfo(user.name, tuple(user.groups), user.uid, user.extra)


def _handles(entry: "Entry[AdmissionPlugin]", operation: str, resource: str) -> bool:
    if entry.trusted:
        operations, resources = entry.value.operations, entry.value.resources
    else:
        operations, resources = guard.call(entry.name, False, lambda: _declared(entry.value))
    if operation not in operations:
        return False
    return resource in resources or ("/" not in resource and (not resources or "*" in resources))


def _declared(plugin: "AdmissionPlugin") -> tuple[frozenset[str], frozenset[str]]:
    """Return what a plugin says it handles: one that can never be called would be a policy that nobody keeps."""
    declared = []
    for what in (plugin.operations, plugin.resources):
        if isinstance(what, str) or not all(isinstance(item, str) for item in what):
            raise TypeError("operations and resources are collections of texts")
        declared.append(frozenset(what))
    unknown = declared[0] - _OPERATIONS
    if unknown or not declared[0]:
        raise TypeError(f"operations are some of {', '.join(sorted(_OPERATIONS))}, not {', '.join(sorted(unknown)) or 'none'}")
    return declared[0], declared[1]
