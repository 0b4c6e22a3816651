"""A Strategy whose rules come in three parts: metadata, contents, and what an update may not change."""

from typing import Any, ClassVar

from minikube_py.machinery import meta, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import objectmeta
from minikube_py.registry.strategy import WRITTEN, Context, Strategy


class Kind(Strategy):
    """Override `contents`, and `changes` where updates are limited."""

    status_metadata: tuple[str, ...] = WRITTEN
    name_rule: ClassVar[Any] = staticmethod(names.is_dns_subdomain)
    counts_generation = False  # whether metadata.generation is kept at all: many old kinds have none
    changes_first = False  # whether an update is told what is immutable before what is wrong with the new object
    any_finalizer = False  # whether finalizers may have any name, as those of custom kinds
    empty_status: ClassVar[Object | None] = None  # the status of a new object, where even an empty one is shown

    def contents(self, obj: Object) -> list[FieldError]:
        """Return what is wrong below metadata."""
        return []

    def changes(self, obj: Object, old: Object) -> list[FieldError]:
        """Return the changes that are not allowed."""
        return []

    def validate(self, obj: Object) -> list[FieldError]:
        """Check metadata, then contents."""
        return objectmeta.validate(obj["metadata"], namespaced=self.namespaced, name_rule=self.name_rule, custom=self.any_finalizer) + self.contents(obj)

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check the change of metadata, contents, then what is immutable; or the last two the other way round."""
        contents, changes = self.contents(obj), self.changes(obj, old)
        return objectmeta.update(obj, old, custom=self.any_finalizer) + (changes + contents if self.changes_first else contents + changes)

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check the change of metadata."""
        return objectmeta.update(obj, old)

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Reset the status and start counting generations."""
        if self.has_status:
            obj.pop("status", None)
            if self.empty_status is not None:
                obj["status"] = meta.clone(self.empty_status)
        if self.counts_generation:
            obj["metadata"]["generation"] = 1

    def prepare_update(self, obj: Object, old: Object, context: Context) -> None:
        """Keep the status, and count the generation up when the spec changed."""
        if self.has_status:
            self.keep_status(obj, old)
        if self.counts_generation:
            generation = old["metadata"].get("generation", 0)
            obj["metadata"]["generation"] = generation + 1 if self.spec_changed(obj, old) else generation


class PathNamed(Kind):
    """A kind whose names need only fit into a URL path."""

    name_rule: ClassVar[Any] = staticmethod(names.is_path_segment)
