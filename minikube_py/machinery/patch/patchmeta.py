"""How strategic merge treats one field: its strategy, merge key and the schema below it."""

from functools import lru_cache
from typing import NamedTuple

from minikube_py.machinery.patch.listorder import StrategicError
from minikube_py.machinery.schemas import Schema


class FieldMeta(NamedTuple):
    """`schema` is that of the value; for a list, of its elements; None where nothing is known of the structure."""

    schema: Schema | None
    strategy: str
    retain_keys: bool
    merge_key: str

    @property
    def merges(self) -> bool:
        """Tell whether a list is merged, not replaced."""
        return self.strategy == "merge"


UNKNOWN = FieldMeta(None, "", False, "")


def of(schema: Schema | None, field: str) -> FieldMeta:
    """Return how a field of `schema` is patched; fields that are not in the structure are patched as in a JSON merge patch."""
    found = schema.child(field) if schema is not None else None
    return UNKNOWN if found is None else _of(found)


@lru_cache(maxsize=4096)
def _of(found: Schema) -> FieldMeta:
    strategies = [strategy for strategy in found.strategies if strategy != "retainKeys"]
    if len(strategies) > 1:
        raise StrategicError(f"unexpected patch strategy: [{' '.join(found.strategies)}]")
    below = found.items if found.items is not None else found
    return FieldMeta(below, "".join(strategies), len(strategies) < len(found.strategies), found.patch_merge_key or "")
