"""What differs by kind when objects are written: one Strategy a kind, after kube-apiserver's registry strategies."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from minikube_py.kits.clock import Clock
from minikube_py.machinery import meta
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.plugin.reader import Reader


class Random(Protocol):
    """What is used of random.Random."""

    def choice(self, seq: Any) -> Any:
        """Return one item."""

    def randrange(self, start: int, stop: int) -> int:
        """Return a whole number from start up to, not including, stop."""


class Context(NamedTuple):
    """What a strategy is given beside the object."""

    reader: Reader
    clock: Clock
    rng: Random
    user: str
    warn: Callable[[str], object]  # tells the client what a strategy meets while it prepares an object
    dry_run: bool = False
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = {}  # noqa: RUF012  (never changed)


WRITTEN: tuple[str, ...] = ("labels", "annotations", "finalizers", "ownerReferences")  # the metadata that users write


class Strategy:
    """The rules of one kind. The base class is right for kinds with nothing special: override what differs.

    Methods that change get an object that is theirs to change; old objects must not be changed.
    """

    namespaced = True
    has_status = False  # where true, status is dropped on the main resource and everything else on /status
    status_metadata: tuple[str, ...] = ()  # what else /status may change; most built-in kinds: WRITTEN
    allow_unconditional_update = True  # whether an update may come without resourceVersion
    allow_create_on_update = False
    go_group: str | None = None  # the group of its Go type, which errors name, where that is another one than it is served under
    labels_indexed = False  # whether ("label", "key=value") entries let a list with a label selector find few among many

    def default(self, obj: Object) -> None:
        """Fill in the defaults of the served version, as kube-apiserver's defaulting does; idempotent, no I/O."""

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Drop what a creator may not set and allocate what the server assigns. Called after defaulting and mutating admission."""
        if self.has_status:
            obj.pop("status", None)
            obj["metadata"]["generation"] = 1

    def prepare_update(self, obj: Object, old: Object, context: Context) -> None:
        """Keep what an update of the main resource may not change, and count the generation up when the spec changed."""
        if self.has_status:
            self.keep_status(obj, old)
            if self.spec_changed(obj, old):
                obj["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1

    @staticmethod
    def keep_status(obj: Object, old: Object) -> None:
        """Put the stored status, or that there is none, in the place of what an update says."""
        if "status" in old:
            obj["status"] = old["status"]
        else:
            obj.pop("status", None)

    def prepare_subresource(self, subresource: str, obj: Object, old: Object, context: Context) -> None:
        """Keep what an update through a subresource may not change. For /status: all but status, and of metadata what `status_metadata` names."""
        if subresource == "status":
            kept = meta.clone({field: value for field, value in old.items() if field != "status"})
            status, written = obj.get("status"), {field: obj["metadata"].get(field) for field in self.status_metadata}
            obj.clear()
            obj.update(kept)
            if status is not None:
                obj["status"] = status
            for field, value in written.items():
                if value:
                    obj["metadata"][field] = value
                else:
                    obj["metadata"].pop(field, None)

    def spec_changed(self, obj: Object, old: Object) -> bool:
        """Tell whether an update counts the generation up."""
        return bool(obj.get("spec") != old.get("spec"))

    def validate(self, obj: Object) -> list[FieldError]:
        """Return what is wrong with a new object (metadata included)."""
        return []

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Return what is wrong with a change (validate() of the new object included where Kubernetes does so)."""
        return []

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Return what is wrong with a change through a subresource."""
        return []

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Return the warnings that kube-apiserver sends with a create (old is None) or an update."""
        return []

    def fields(self, obj: Object) -> dict[str, str]:
        """Return the selectable fields beside metadata.name and metadata.namespace."""
        return {}

    def indexes(self, obj: Object) -> Iterable[tuple[str, str]]:
        """Return the index entries beside ("owner", uid) of each owner reference."""
        return ()

    def grace_period(self, obj: Object, asked: int | None) -> int:
        """Return the seconds between a delete request and the deletion; 0 deletes at once."""
        return 0

    def before_delete(self, obj: Object, context: Context) -> None:
        """Refuse a deletion by raising a StatusError."""

    def after_delete(self, obj: Object, context: Context) -> None:
        """Give back what was allocated."""

    # Tells which objects of other kinds, without namespace, exist as long as one of this kind does: (resource, name) -> object.
    companions: Callable[[Object], dict[tuple[str, str], Object]] | None = None

    def convert(self, obj: Object, version: str) -> Object:
        """Return the object in another served version of its group; called only between different versions."""
        return obj | {"apiVersion": meta.api_version(meta.split_api_version(obj["apiVersion"])[0], version)}

    def storage_version(self) -> tuple[str, str] | None:
        """Return (group, version) under which objects are stored; None for the preferred version of their group."""
        return None
