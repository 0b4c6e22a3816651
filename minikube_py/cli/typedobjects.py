"""Objects as kubectl shows those that it read into Go structs: fields in the order of the struct, and what is empty left out, null or zero as its type says.

Some of kubectl's commands (set, rollout, taint) do so with every object, others never.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from minikube_py.cli import fileobjects
from minikube_py.machinery import quantity, schemas
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.protobuf import layouts
from minikube_py.machinery.protobuf.layouts import META, Field

if TYPE_CHECKING:
    from minikube_py.cli.infos import Info
    from minikube_py.cli.outcome import Outcome
    from minikube_py.printers.output import Printer

_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_SCALAR_ZEROS: Mapping[str, Any] = {"string": "", "bool": False, "int32": 0, "int64": 0, "double": 0, "bytes": None}
_ZEROS: Mapping[str, Any] = {_QUANTITY: "0", META + "Duration": "0s", "io.k8s.apimachinery.pkg.util.intstr.IntOrString": 0, META + "FieldsV1": {}}


def of(obj: Object) -> Object:
    """Return an object as its struct would be written; one of a kind that has no struct is returned as it is."""
    api_version, kind = obj.get("apiVersion", ""), obj.get("kind", "")
    if not has_struct(api_version, kind):
        return obj
    return {"kind": kind, "apiVersion": api_version, **_struct(obj, layouts.of_kind(api_version, kind))}


def has_struct(api_version: str, kind: str) -> bool:
    """Tell whether kubectl knows a kind by heart."""
    return schemas.for_kind(api_version, kind) is not None


def require(info: "Info") -> Object:
    """Return the object, as its struct, that a command works on; KctlError where it does not fit into one."""
    from minikube_py.machinery import decode

    obj = info.there
    schema = schemas.for_kind(info.resource.api_version, info.resource.kind)
    if schema is None:
        version, kind = info.resource.api_version, info.resource.kind
        problem = fileobjects.no_type(version, kind)
        raise KctlError(f'unable to decode "{info.source}": {problem}' if info.source else problem)
    found = decode.decode(obj, schema)
    if found.error:
        raise KctlError(f'unable to decode "{info.source}": {found.error}' if info.source else
                        decode.refusal(info.resource.kind, info.resource.version, found.error))  # fmt: skip
    return of(found.obj)


def tell(outcome: "Outcome", obj: Object, done: str, *, show_managed_fields: bool = False, printer: "Printer | None" = None) -> None:
    """Print an object that was read into a struct, or what was done to it. `printer` is that of several objects, which come as one stream."""
    show(outcome, of(obj), printer, show_managed_fields=show_managed_fields, done=done)


def show(outcome: "Outcome", struct: Object, printer: "Printer | None" = None, *, show_managed_fields: bool = False, done: str = "") -> None:
    """Print a struct, or a list of structs."""
    if outcome.format.lower() == "json":
        from minikube_py.printers import serial

        outcome.tell_generated(struct if show_managed_fields else serial.without_managed_fields(struct), done)
    elif printer is None:
        outcome.tell_generated(struct, done)
    else:
        from minikube_py.printers import output

        output.print_struct(printer, struct, outcome.out)


def go_type(obj: Object) -> str:
    """Return the name of an object's type in Go's words: *v1.ConfigMap."""
    return f"*{obj['apiVersion'].rpartition('/')[2]}.{obj['kind']}"


def _struct(value: Object, name: str) -> Object:
    fields = layouts.of(name).values()
    known = {field.name for field in fields}
    # Objects within objects, as the claims of a StatefulSet, keep their own kind; layouts do not tell of it.
    made: Object = {field: value[field] for field in ("kind", "apiVersion") if "metadata" in known and field not in known and value.get(field)}
    for field in fields:
        if not field.name:  # its fields stand here
            made.update(_struct(value, field.kind))
        elif field.form in ("[]", "map[string]"):
            _put_many(made, field, value.get(field.name))
        else:
            _put_one(made, field, value.get(field.name))
    return made


def _put_one(made: Object, field: Field, value: Any) -> None:
    if value is None and field.form == "*":
        if not field.omitempty:
            made[field.name] = None
        return
    found = _zero(field.kind) if value is None else _value(value, field.kind)
    if field.omitempty and field.form != "*" and field.is_scalar and not found:
        return
    made[field.name] = found


def _put_many(made: Object, field: Field, value: Any) -> None:
    if not value:
        if not field.omitempty:
            made[field.name] = value
        return
    if isinstance(value, dict):
        made[field.name] = {key: _value(value[key], field.kind) for key in sorted(value)}
    else:
        made[field.name] = [_value(item, field.kind) for item in value]


def _value(value: Any, kind: str) -> Any:
    if kind == _QUANTITY:
        return quantity.canonical(value)
    if layouts.has(kind) and isinstance(value, dict):
        return _struct(value, kind)
    return value


def _zero(kind: str) -> Any:
    if kind in _SCALAR_ZEROS:
        return _SCALAR_ZEROS[kind]
    return _struct({}, kind) if layouts.has(kind) else _ZEROS.get(kind)
