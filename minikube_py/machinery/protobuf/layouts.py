"""Which field has which number, name and type in a message, and whether Go's JSON shows it when it is empty: data (schemas/protobuf.json)."""

import json
import re
from functools import cache
from typing import Any, NamedTuple

from minikube_py.kits import datafiles

META = "io.k8s.apimachinery.pkg.apis.meta.v1."
SCALARS = ("string", "bool", "int32", "int64", "bytes", "double")
_TYPE = re.compile(r"(\[\]|map\[string\]|\*)?(.+)")


class Field(NamedTuple):
    """One field. `kind` is one of SCALARS or the full name of a message; `form` is "" (plain), "*" (a pointer), "[]" or "map[string]".

    `name` is JSON's; "" where the fields of the message stand in the one around it.
    """

    name: str
    kind: str
    form: str
    omitempty: bool

    @property
    def is_scalar(self) -> bool:
        """Tell whether values are no messages."""
        return self.kind in SCALARS


Layout = dict[int, Field]


@cache
def _rows() -> dict[str, Any]:
    return json.loads(datafiles.read_text("schemas", "protobuf.json"))  # type: ignore[no-any-return]


@cache
def _definitions() -> dict[str, str]:
    return json.loads(datafiles.read_text("schemas", "definitions", "index.json"))  # type: ignore[no-any-return]


def has(name: str) -> bool:
    """Tell whether a message has a layout: no list, none of those that write themselves."""
    return name != "packages" and isinstance(_rows().get(name), dict)


def of_kind(api_version: str, kind: str) -> str:
    """Return the message of a kind; ValueError where there is none. Options such as DeleteOptions belong to every group version."""
    name = _definitions().get(f"{api_version}/{kind}", META + kind)
    if not has(name):
        raise ValueError(f'no kind "{kind}" is registered for version "{api_version}" in protobuf')
    return name


def list_of(name: str) -> str | None:
    """Return the type of the elements of a message that is only a list (`items`), None for other messages."""
    row = _rows().get(name)
    return row.removeprefix("[]") if isinstance(row, str) else None


@cache
def of(name: str) -> Layout:
    """Return number -> field of a message in the order of its Go struct; KeyError where there is none."""
    package = name.rpartition(".")[0]
    return {int(number): _field(text, package) for number, text in _rows()[name].items()}


def _field(text: str, package: str) -> Field:
    declared, _, written = text.partition(" ")
    name, *options = declared.split(",")
    form, kind = _TYPE.fullmatch(written).groups()  # type: ignore[union-attr]
    return Field(name, _full(kind, package), form or "", "omitempty" in options)


def _full(kind: str, package: str) -> str:
    if kind in SCALARS:
        return kind
    where, dot, short = kind.rpartition(".")
    return f"{_rows()['packages'].get(where, where)}.{short}" if dot else f"{package}.{kind}"
