"""PriorityLevelConfigurations: how many requests of a level are served at once."""

import math
from typing import Any

from minikube_py.machinery import fielderrors, meta
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.flowcontrol import flowschemas

_MAX_QUEUES, _MAX_HASH_BITS = 10_000_000, 60
_NOT_NEGATIVE = "must be a non-negative integer"


class PriorityLevelConfigurations(kind.Kind):
    """The rules of PriorityLevelConfigurations."""

    status_metadata = ()
    namespaced = False
    has_status = True
    counts_generation = True
    allow_unconditional_update = False
    empty_status = {}

    def default(self, obj: Object) -> None:
        """Fill in shares and queues."""
        spec = obj.setdefault("spec", {})
        if spec.get("exempt") is not None:
            _fill(spec["exempt"], nominalConcurrencyShares=0, lendablePercent=0)
        limited = spec.get("limited")
        if limited is not None:
            _fill(limited, nominalConcurrencyShares=30, lendablePercent=0)
            queuing = (limited.get("limitResponse") or {}).get("queuing")
            if queuing is not None:
                _fill(queuing, queues=64, handSize=8, queueLengthLimit=50, zero=True)

    def contents(self, obj: Object) -> list[FieldError]:
        """Check the type and what belongs to it."""
        spec = obj.get("spec") or {}
        kind_of = spec.get("type") or ""
        found: list[FieldError] = []
        if (meta.name(obj) == "exempt") != (kind_of == "Exempt"):
            found.append(fielderrors.invalid("spec.type", kind_of, "type must be 'Exempt' if and only if name is 'exempt'"))
        if kind_of == "Exempt":
            if spec.get("limited") is not None:
                found.append(fielderrors.forbidden("spec.limited", "must be nil if the type is not Limited"))
            found += _shares("spec.exempt", spec.get("exempt") or {}) + _lendable("spec.exempt", spec.get("exempt") or {})
        elif kind_of == "Limited":
            if spec.get("exempt") is not None:
                found.append(fielderrors.forbidden("spec.exempt", "must be nil if the type is Limited"))
            if spec.get("limited") is None:
                found.append(fielderrors.required("spec.limited", "must not be empty when type is Limited"))
            else:
                found += _limited(spec["limited"])
        else:
            found += checks.one_of("spec.type", kind_of, ("Exempt", "Limited"))
        return found + flowschemas.conditions(obj)

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check the conditions."""
        return objectmeta.update(obj, old) + flowschemas.conditions(obj)


def _fill(target: dict[str, Any], zero: bool = False, **values: int) -> None:
    for field, value in values.items():
        if target.get(field) is None or (zero and not target[field]):
            target[field] = value


def _shares(field: str, level: dict[str, Any]) -> list[FieldError]:
    shares = level.get("nominalConcurrencyShares")
    return [fielderrors.invalid(f"{field}.nominalConcurrencyShares", shares, _NOT_NEGATIVE)] if shares is not None and shares < 0 else []


def _lendable(field: str, level: dict[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    lendable = level.get("lendablePercent")
    if lendable is not None and not 0 <= lendable <= 100:
        found.append(fielderrors.invalid(f"{field}.lendablePercent", lendable, "must be between 0 and 100, inclusive"))
    return found


def _limited(limited: dict[str, Any]) -> list[FieldError]:
    field = "spec.limited"
    found = _shares(field, limited) + _response(f"{field}.limitResponse", limited.get("limitResponse") or {}) + _lendable(field, limited)
    borrowing = limited.get("borrowingLimitPercent")
    if borrowing is not None and borrowing < 0:
        found.append(fielderrors.invalid(f"{field}.borrowingLimitPercent", borrowing, f"if specified, {_NOT_NEGATIVE}"))
    return found


def _response(field: str, response: dict[str, Any]) -> list[FieldError]:
    kind_of, queuing = response.get("type") or "", response.get("queuing")
    found: list[FieldError] = []
    if kind_of == "Reject":
        if queuing is not None:
            found.append(fielderrors.forbidden(f"{field}.queuing", "must be nil if limited.limitResponse.type is not Limited"))
    elif kind_of == "Queue":
        if queuing is None:
            found.append(fielderrors.required(f"{field}.queuing", "must not be empty if limited.limitResponse.type is Limited"))
        else:
            found += _queuing(f"{field}.queuing", queuing)
    else:
        found += checks.one_of(f"{field}.type", kind_of, ("Queue", "Reject"))
    return found


def _queuing(field: str, queuing: dict[str, Any]) -> list[FieldError]:
    limit, queues, hand = (queuing.get(part, 0) for part in ("queueLengthLimit", "queues", "handSize"))
    found: list[FieldError] = []
    if limit <= 0:
        found.append(fielderrors.invalid(f"{field}.queueLengthLimit", limit, "must be positive"))
    if queues <= 0:
        found.append(fielderrors.invalid(f"{field}.queues", queues, "must be positive"))
    elif queues > _MAX_QUEUES:
        found.append(fielderrors.invalid(f"{field}.queues", queues, f"must not be greater than {_MAX_QUEUES}"))
    if hand <= 0:
        found.append(fielderrors.invalid(f"{field}.handSize", hand, "must be positive"))
    elif hand > queues:
        found.append(fielderrors.invalid(f"{field}.handSize", hand, f"should not be greater than queues ({queues})"))
    elif sum(math.log2(queues - number) for number in range(hand)) > _MAX_HASH_BITS:
        text = f"required entropy bits of deckSize {queues} and handSize {hand} should not be greater than {_MAX_HASH_BITS}"
        found.append(fielderrors.invalid(f"{field}.handSize", hand, text))
    return found


STRATEGY = PriorityLevelConfigurations()
