"""The base of an admission plugin, and what it is given."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.plugin.auth import UserInfo

if TYPE_CHECKING:
    from minikube_py.kits.clock import Clock
    from minikube_py.plugin.reader import Reader


class Attributes:
    """One write, as admission plugins see it.

    `operation` is CREATE, UPDATE, DELETE or CONNECT; `resource` the plural, `group` and `version` its group version.
    `object` is the new object (None for DELETE), which `admit` may change in place and `validate` must not;
    `old_object` the stored one (None for CREATE). `warn(text)` sends a warning to the user, `annotate(key, value)` a note to the audit log.
    """

    __slots__ = ("operation", "group", "version", "resource", "subresource", "kind", "namespace", "name", "object", "old_object", "user",
                 "dry_run", "options", "warnings", "offered", "annotations", "charges")  # fmt: skip

    def __init__(self, operation: str, group: str, version: str, resource: str, subresource: str, kind: str, namespace: str, name: str,
                 new: Object | None, old: Object | None, user: UserInfo, dry_run: bool = False, options: dict[str, Any] | None = None) -> None:  # fmt: skip
        self.operation = operation
        self.group = group
        self.version = version
        self.resource = resource
        self.subresource = subresource
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.object = new
        self.offered = new  # the object that was given, whatever a plugin puts in its place
        self.old_object = old
        self.user = user
        self.dry_run = dry_run
        self.options = options or {}
        self.warnings: list[str] = []
        self.annotations: dict[str, str] = {}
        self.charges: list[Object] = []  # ResourceQuotas with what is used of them, stored together with the object

    def copy(self) -> "Attributes":
        """Return the same write with copies of its objects."""
        new = None if self.object is None else meta.clone(self.object)
        old = None if self.old_object is None else meta.clone(self.old_object)
        return Attributes(self.operation, self.group, self.version, self.resource, self.subresource, self.kind, self.namespace, self.name,
                          new, old, self.user, self.dry_run, dict(self.options))  # fmt: skip

    @property
    def label(self) -> str:
        """Return how messages name the object: its name, or what its name is going to begin with."""
        if self.name or self.object is None:
            return self.name
        metadata = self.object.get("metadata") or {}
        return str(metadata.get("name") or metadata.get("generateName") or "Unknown")

    def warn(self, text: str) -> None:
        """Send a warning with the answer."""
        self.warnings.append(text)

    def annotate(self, key: str, value: str) -> None:
        """Put an annotation into the request's audit events."""
        self.annotations[key] = value


class AdmissionPlugin:
    """Subclass it, name it, say what it handles, and override `admit` (may change the object) or `validate` (may only refuse).

    To refuse, raise errors.Forbidden, or any StatusError; a plain ValueError's text becomes the cause of a Forbidden.
    """

    name = ""
    operations: Collection[str] = ("CREATE", "UPDATE")
    resources: Collection[str] = ()  # `pods`, `deployments.apps`, `pods/binding`; empty or `*`: all without subresource

    def admit(self, attributes: Attributes, reader: "Reader", clock: "Clock") -> None:
        """Change the object in place, or refuse."""

    def validate(self, attributes: Attributes, reader: "Reader", clock: "Clock") -> None:
        """Refuse, or return."""
