"""ConfigMaps: text and bytes under keys, one mebibyte in all, perhaps immutable."""

from minikube_py.kits import gobase64
from minikube_py.machinery import errors, fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind

MAX_SIZE = 1024 * 1024
_SET = "field is immutable when `immutable` is set"


def frozen_changes(obj: Object, old: Object, maps: tuple[str, ...]) -> list[FieldError]:
    """Return the changes that an object with `immutable: true` does not allow."""
    if not old.get("immutable"):
        return []
    found = [] if obj.get("immutable") else [fielderrors.forbidden("immutable", _SET)]
    return found + [fielderrors.forbidden(field, _SET) for field in maps if (obj.get(field) or {}) != (old.get(field) or {})]


def refuse_bad_base64(obj: Object, field: str) -> None:
    """Raise BadRequest where a value is no base64: a Go server fails to decode such an object."""
    for value in (obj.get(field) or {}).values():
        fault = gobase64.broken_at(value) if isinstance(value, str) else None
        if fault is not None:
            name = obj["kind"]
            raise errors.BadRequest(f'{name} in version "v1" cannot be handled as a {name}: illegal base64 data at input byte {fault}')


class ConfigMaps(kind.Kind):
    """The rules of ConfigMaps."""

    changes_first = True
    def default(self, obj: Object) -> None:
        """Refuse binary data that cannot be decoded; there is nothing to default."""
        if obj.get("binaryData"):
            refuse_bad_base64(obj, "binaryData")

    def contents(self, obj: Object) -> list[FieldError]:
        """Check keys and size."""
        found: list[FieldError] = []
        data, binary = obj.get("data") or {}, obj.get("binaryData") or {}
        for key in sorted(data):
            found += checks.each(f"data[{key}]", key, names.config_map_key(key))
            if key in binary:
                found.append(fielderrors.invalid(f"data[{key}]", key, "duplicate of key present in binaryData"))
        for key in sorted(binary):
            found += checks.each(f"binaryData[{key}]", key, names.config_map_key(key))
        if _size(data) + sum(map(checks.base64_size, binary.values())) > MAX_SIZE:
            found.append(fielderrors.too_long("[]", MAX_SIZE))  # how Go spells an empty path
        return found

    def changes(self, obj: Object, old: Object) -> list[FieldError]:
        """Hold an immutable ConfigMap."""
        return frozen_changes(obj, old, ("data", "binaryData"))


def _size(data: dict[str, str]) -> int:
    letters = sum(map(len, data.values()))
    if letters * 4 <= MAX_SIZE:  # no text has more than four bytes a letter
        return letters
    return sum(len(value.encode()) for value in data.values())


STRATEGY = ConfigMaps()
