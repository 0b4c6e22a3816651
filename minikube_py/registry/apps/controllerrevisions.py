"""ControllerRevisions: snapshots that StatefulSets and DaemonSets keep."""

import json
from typing import Any

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import objectmeta
from minikube_py.registry.strategy import Strategy


class ControllerRevisions(Strategy):
    """ControllerRevisions of apps/v1."""

    labels_indexed = True

    def validate(self, obj: Object) -> list[FieldError]:
        """Check metadata, revision and data."""
        found, data = objectmeta.validate(obj["metadata"]) + _revision(obj), obj.get("data")
        if data is None:
            found.append(fielderrors.required("data", "data is mandatory"))
        elif not isinstance(data, dict):
            found.append(fielderrors.required("data", "data must be a valid JSON object"))
        return found

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check the change: data stays."""
        found = objectmeta.update(obj, old) + _revision(obj)
        if obj.get("data") != old.get("data"):
            found.append(fielderrors.invalid("data", _go_data(obj.get("data")), objectmeta.IMMUTABLE))
        return found


def _revision(obj: Object) -> list[FieldError]:
    number = obj.get("revision") or 0
    return [fielderrors.invalid("revision", number, fielderrors.NEGATIVE)] if number < 0 else []


def _go_data(data: Any) -> fielderrors.GoText:
    """Return the bytes of JSON as Go shows them."""
    text = b"" if data is None else json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    return fielderrors.GoText(f"runtime.RawExtension{{Raw:[]uint8{{{', '.join(map(hex, text))}}}, Object:runtime.Object(nil)}}")


STRATEGY = ControllerRevisions()
