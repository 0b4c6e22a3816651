"""Label selectors: `app=web,tier in (a,b),!old` as text, and LabelSelector objects (apimachinery pkg/labels)."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from minikube_py.machinery import fielderrors, names

IN, NOT_IN, EXISTS, DOES_NOT_EXIST = "in", "notin", "exists", "!"
EQUALS, DOUBLE_EQUALS, NOT_EQUALS, GREATER, LESS = "=", "==", "!=", "gt", "lt"

_BINARY = (IN, NOT_IN, EQUALS, DOUBLE_EQUALS, NOT_EQUALS, GREATER, LESS)
_SIGNS = {EQUALS: "=", DOUBLE_EQUALS: "==", NOT_EQUALS: "!=", IN: " in ", NOT_IN: " notin ", GREATER: ">", LESS: "<"}
_FROM_OBJECT = {"In": IN, "NotIn": NOT_IN, "Exists": EXISTS, "DoesNotExist": DOES_NOT_EXIST, "Gt": GREATER, "Lt": LESS}
_TOKENS = {")": ")", ",": ",", "!": "!", "==": DOUBLE_EQUALS, "=": EQUALS, ">": GREATER, "<": LESS, "!=": NOT_EQUALS, "(": "("}
_SPECIAL = frozenset("=!(),><")
_SPACE = frozenset(" \t\r\n")
_END, _WORD = "end", "word"


class Requirement(NamedTuple):
    """One condition on one key."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels meet the condition."""
        operator, value = self.operator, labels.get(self.key)
        if operator in (EQUALS, DOUBLE_EQUALS, IN):
            return value is not None and value in self.values
        if operator in (NOT_EQUALS, NOT_IN):
            return value is None or value not in self.values
        if operator == EXISTS:
            return value is not None
        if operator == DOES_NOT_EXIST:
            return value is None
        return value is not None and self._compares(value)

    def _compares(self, value: str) -> bool:
        try:
            actual, limit = int(value), int(self.values[0])
        except ValueError:
            return False
        return actual > limit if self.operator == GREATER else actual < limit

    def __str__(self) -> str:
        if self.operator in (EXISTS, DOES_NOT_EXIST):
            return self.key if self.operator == EXISTS else "!" + self.key
        values = ",".join(sorted(self.values))
        return self.key + _SIGNS[self.operator] + (f"({values})" if self.operator in (IN, NOT_IN) else values)


class Selector:
    """Requirements that all have to be met. Without any it selects everything, unless it is NOTHING."""

    __slots__ = ("requirements", "nothing")

    def __init__(self, requirements: Sequence[Requirement] = (), nothing: bool = False) -> None:
        self.requirements = tuple(sorted(requirements, key=lambda item: item.key))
        self.nothing = nothing

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))

    def __repr__(self) -> str:
        return f"Selector({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Selector) and (self.requirements, self.nothing) == (other.requirements, other.nothing)

    def __hash__(self) -> int:
        return hash((self.requirements, self.nothing))

    @property
    def empty(self) -> bool:
        """Tell whether everything is selected."""
        return not self.requirements and not self.nothing

    def matches(self, labels: Mapping[str, str] | None) -> bool:
        """Tell whether labels are selected; None stands for no labels."""
        if self.nothing:
            return False
        labels = labels or {}
        return all(item.matches(labels) for item in self.requirements)

    def exact_pairs(self) -> list[tuple[str, str]]:
        """Return the (key, value) pairs that every selected object carries, to look up in an index."""
        exact = (EQUALS, DOUBLE_EQUALS, IN)
        return [(item.key, item.values[0]) for item in self.requirements if item.operator in exact and len(item.values) == 1]


EVERYTHING = Selector()
NOTHING = Selector(nothing=True)


@lru_cache(maxsize=2048)
def parse(text: str) -> Selector:
    """Return the selector that `text` spells; ValueError in the words of labels.Parse."""
    return Selector(_Parser(text).parse())


def from_labels(labels: Mapping[str, str] | None) -> Selector:
    """Return the selector of exactly these labels, as Services and ReplicationControllers have it; {} selects everything."""
    return Selector([Requirement(key, EQUALS, (value,)) for key, value in (labels or {}).items()])


def from_object(selector: Mapping[str, Any] | None) -> Selector:
    """Return the selector of a LabelSelector object; None selects nothing, an empty one everything. ValueError where it is invalid."""
    if selector is None:
        return NOTHING
    found = [_requirement(key, EQUALS, (value,)) for key, value in (selector.get("matchLabels") or {}).items()]
    for item in selector.get("matchExpressions") or ():
        operator = item.get("operator", "")
        if operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
            raise ValueError(f'"{operator}" is not a valid label selector operator')
        found.append(_requirement(item.get("key", ""), _FROM_OBJECT[operator], tuple(item.get("values") or ())))
    return Selector(found) if found else EVERYTHING


def go_text(selector: Mapping[str, Any] | None) -> str:
    """Return a LabelSelector object as Go prints a pointer to it: what messages and cells show that do not format it."""
    if selector is None:
        return "nil"
    labels = "".join(f"{key}: {value}," for key, value in sorted((selector.get("matchLabels") or {}).items()))
    terms = "".join(
        f"LabelSelectorRequirement{{Key:{item.get('key', '')},Operator:{item.get('operator', '')},Values:[{' '.join(item.get('values') or ())}],}},"
        for item in selector.get("matchExpressions") or ()
    )
    return f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{terms}}},}}"


def from_node_expressions(expressions: Sequence[Mapping[str, Any]]) -> Selector:
    """Return the selector of a node selector term's matchExpressions, which know Gt and Lt too. ValueError where it is invalid."""
    found = []
    for item in expressions:
        operator = item.get("operator", "")
        if operator not in _FROM_OBJECT:
            raise ValueError(f'"{operator}" is not a valid node selector operator')
        found.append(_requirement(item.get("key", ""), _FROM_OBJECT[operator], tuple(item.get("values") or ())))
    return Selector(found)


@lru_cache(maxsize=8192)
def _requirement(key: str, operator: str, values: tuple[str, ...], where: str = "") -> Requirement:
    """Build a requirement, or raise ValueError with the aggregate that labels.NewRequirement gives."""
    found = [fielderrors.invalid("key", key, "; ".join(names.qualified_name(key)))] if names.qualified_name(key) else []
    shown = list(values)
    if operator in (IN, NOT_IN) and not values:
        found.append(fielderrors.invalid("values", shown, "for 'in', 'notin' operators, values set can't be empty"))
    if operator in (EXISTS, DOES_NOT_EXIST) and values:
        found.append(fielderrors.invalid("values", shown, "values set must be empty for exists and does not exist"))
    if operator in (GREATER, LESS):
        found += _number_errors(values)
    for index, value in enumerate(values):
        if texts := names.label_value(value):
            found.append(fielderrors.invalid(f"values[{index}][{key}]", value, "; ".join(texts)))
    if found:
        raise ValueError(fielderrors.aggregate(found))
    return Requirement(key, operator, values)


def _number_errors(values: tuple[str, ...]) -> list[fielderrors.FieldError]:
    found = []
    if len(values) != 1:
        found.append(fielderrors.invalid("values", list(values), "for 'Gt', 'Lt' operators, exactly one value is required"))
    for index, value in enumerate(values):
        if not value.removeprefix("-").removeprefix("+").isdecimal():
            found.append(fielderrors.invalid(f"values[{index}]", value, "for 'Gt', 'Lt' operators, the value must be an integer"))
    return found


def _scan(text: str) -> list[tuple[str, str]]:
    """Cut a selector into (token, literal) pairs."""
    items: list[tuple[str, str]] = []
    at = 0
    while True:
        while at < len(text) and text[at] in _SPACE:
            at += 1
        if at == len(text):
            return [*items, (_END, "")]
        start = at
        if text[at] in _SPECIAL:
            at += 2 if text[at : at + 2] in (DOUBLE_EQUALS, NOT_EQUALS) else 1
            literal = text[start:at]
            items.append((_TOKENS[literal], literal))
            continue
        while at < len(text) and text[at] not in _SPECIAL and text[at] not in _SPACE:
            at += 1
        word = text[start:at]
        items.append((word if word in (IN, NOT_IN) else _WORD, word))


class _Parser:
    """A recursive descent over the tokens, after labels.Parser."""

    def __init__(self, text: str) -> None:
        self._items = _scan(text)
        self._at = 0

    def _look(self, keyword: bool = False) -> tuple[str, str]:
        token, literal = self._items[self._at]
        return (token if keyword or token not in (IN, NOT_IN) else _WORD), literal

    def _take(self, keyword: bool = False) -> tuple[str, str]:
        found = self._look(keyword)
        self._at = min(self._at + 1, len(self._items) - 1)
        return found

    def parse(self) -> list[Requirement]:
        found: list[Requirement] = []
        while True:
            token, literal = self._look()
            if token == _END:
                return found
            if token not in (_WORD, "!"):
                raise ValueError(f"found '{literal}', expected: !, identifier, or 'end of string'")
            try:
                found.append(self._one())
            except ValueError as error:
                raise ValueError(f"unable to parse requirement: {error}") from None
            token, literal = self._take()
            if token == _END:
                return found
            if token != ",":
                raise ValueError(f"found '{literal}', expected: ',' or 'end of string'")
            token, literal = self._look()
            if token not in (_WORD, "!"):
                raise ValueError(f"found '{literal}', expected: identifier after ','")

    def _one(self) -> Requirement:
        token, key = self._take()
        negated = token == "!"
        if negated:
            token, key = self._take()
        if token != _WORD:
            raise ValueError(f"found '{key}', expected: identifier")
        if texts := names.qualified_name(key):
            raise ValueError(str(fielderrors.invalid("<nil>", key, "; ".join(texts))))
        if negated or self._look()[0] in (_END, ","):
            return _requirement(key, DOES_NOT_EXIST if negated else EXISTS, ())
        operator, literal = self._take(keyword=True)
        if operator not in _BINARY:
            raise ValueError(f"found '{literal}', expected: {', '.join(_BINARY)}")
        values = self._values() if operator in (IN, NOT_IN) else self._exact()
        return _requirement(key, operator, tuple(sorted(values)))

    def _exact(self) -> set[str]:
        if self._look()[0] in (_END, ","):
            return {""}
        token, literal = self._take()
        if token != _WORD:
            raise ValueError(f"found '{literal}', expected: identifier")
        return {literal}

    def _values(self) -> set[str]:
        token, literal = self._take()
        if token != "(":
            raise ValueError(f"found '{literal}' expected: '('")
        token, literal = self._look()
        if token == ")":
            self._take()
            return {""}
        if token not in (_WORD, ","):
            raise ValueError(f"found '{literal}', expected: ',', ')' or identifier")
        values = self._list()
        self._take()
        return values

    def _list(self) -> set[str]:
        found: set[str] = set()
        while True:
            token, literal = self._take()
            if token == _WORD:
                found.add(literal)
                after, text = self._look()
                if after == ")":
                    return found
                if after != ",":
                    raise ValueError(f"found '{text}', expected: ',' or ')'")
            elif token == ",":
                if not found:
                    found.add("")
                after, _ = self._look()
                if after in (")", ","):
                    found.add("")
                if after == ")":
                    return found
                if after == ",":
                    self._take()
            else:
                raise ValueError(f"found '{literal}', expected: ',', or identifier")
