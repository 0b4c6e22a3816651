"""Values from parse events: one document a call, without recursion over the input, bounded in depth and aliasing."""

from typing import Any, NoReturn

from minikube_py.kits import gofmt
from minikube_py.kits.yaml import aliases, errors, resolve
from minikube_py.kits.yaml.errors import Duplicate, YAMLError


class _Mark:
    """What stands for the key of a container that has none, or none yet."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


_IN_LIST, _AWAIT, _MERGE, _NULL = _Mark("in a list"), _Mark("before a key"), _Mark("<<"), _Mark("null")


class Composer:
    """Builds the value of one document from ruamel.yaml's events, to be read from after the document's start."""

    def __init__(self, parser: Any) -> None:
        self._parser = parser
        self._stack: list[tuple[Any, Any, str | None, int]] = []
        self._anchors = aliases.Anchors()
        # Those that kubectl meets only after the whole document is decoded: of a key, then of a value.
        self._odd_key: YAMLError | None = None
        self._odd_value: YAMLError | None = None
        self.duplicates: list[Duplicate] = []

    def compose(self) -> Any:
        """Return the document's value."""
        try:
            value = self._run()
        except errors.DecodeError:
            self._read_on()
            raise
        failure = self._odd_key or self._odd_value
        if failure is not None:
            raise failure
        return value

    def _read_on(self) -> None:
        """Go to the document's end: what cannot be parsed there is told first."""
        from ruamel.yaml.events import AliasEvent, DocumentEndEvent

        while (event := self._parser.get_event()).__class__ is not DocumentEndEvent:
            if event.__class__ is AliasEvent:
                self._anchors.require(event.anchor)
            elif getattr(event, "anchor", None) is not None:
                self._anchors.open(event.anchor)

    def _run(self) -> Any:
        from ruamel.yaml.events import AliasEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

        get, stack, anchors = self._parser.get_event, self._stack, self._anchors
        container: Any = []
        key: Any = _IN_LIST
        nodes = 0
        while True:
            event = get()
            kind = event.__class__
            nodes += 1
            if kind is ScalarEvent:
                if key is _AWAIT:
                    key = self._key(event, container)
                    continue
                value = self._scalar(event)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self._open(event)
                stack.append((container, key, event.anchor, nodes))
                container, key = ({}, _AWAIT) if kind is MappingStartEvent else ([], _IN_LIST)
                continue
            elif kind is AliasEvent:
                value, size = anchors.expand(event.anchor, nodes, len(stack))
                nodes += size
            else:
                nodes -= 1
                value = container
                container, key, anchor, before = stack.pop()
                if anchor is not None:
                    anchors.record(anchor, value, nodes - before + 1)
            if key.__class__ is str:
                container[key] = value
                key = _AWAIT
            elif key is _IN_LIST:
                container.append(value)
                if not stack:
                    return value
            else:
                key = self._unusual(container, key, value, kind is AliasEvent)

    def _open(self, event: Any) -> None:
        if len(self._stack) >= aliases.MAX_DEPTH:
            raise errors.goyaml(f"line {event.start_mark.line + 1}: exceeded max depth of {aliases.MAX_DEPTH}")
        if event.anchor is not None:
            self._anchors.open(event.anchor)

    def _scalar(self, event: Any) -> Any:
        text = value = event.value
        if event.ctag is not None:
            value = resolve.tagged(str(event.tag), text)
        elif not event.style and (not text or text[0] in resolve.HINTS):
            value = resolve.plain(text)
        if event.anchor is not None:
            self._anchors.record(event.anchor, value, 1)
        return self._not_finite(value) if value.__class__ is resolve.NotFinite else value

    def _not_finite(self, value: str) -> None:
        self._odd_value = self._odd_value or YAMLError(f"{errors.CONVERTING}json: unsupported value: {value}")

    def _key(self, event: Any, container: dict[str, Any]) -> Any:
        text: str | None = event.value
        if event.anchor is not None:
            self._anchors.record(event.anchor, text, 1)
        if event.ctag is not None:
            tag = str(event.tag)
            if tag == resolve.PREFIX + "merge" and text == "<<":
                return _MERGE
            value = resolve.tagged(tag, text or "")
            text = value if value is None or value.__class__ is str else resolve.key(value)
        elif not event.style and (not text or text[0] in resolve.HINTS or text == "<<"):
            if text == "<<":
                return _MERGE
            known = resolve.plain_key(text or "")
            if isinstance(known, resolve.Unsigned):
                return known
            text = known
        if text is None:
            return _NULL
        if text in container:
            self._duplicate(text, container)
        return text

    def _duplicate(self, key: str, container: dict[str, Any]) -> None:
        parts = []
        for outer, outer_key, _, _ in self._stack[1:]:
            parts.append(f"[{len(outer)}]" if outer_key is _IN_LIST else f".{getattr(outer_key, 'name', outer_key)}")
        path = ("".join(parts) + f".{key}").removeprefix(".")
        # goyaml names the line of the value.
        self.duplicates.append(Duplicate(path, key, self._parser.peek_event().start_mark.line + 1))

    def _unusual(self, container: dict[str, Any], key: Any, value: Any, is_alias: bool) -> Any:
        if key is _MERGE:
            _merge(container, value, is_alias)
        elif key is _AWAIT:
            if isinstance(value, dict | list):
                _refuse_key(value)
            return _NULL if value is None else value if isinstance(value, str) else resolve.key(value)
        elif self._odd_key is None:
            kind, shown = ("%!s(<nil>)", "<nil>") if key is _NULL else ("uint64", f"{key:#x}")
            self._odd_key = YAMLError(f"{errors.CONVERTING}unsupported map key of type: {kind}, key: {shown}, value: {_go_value(value)}")
        return _AWAIT


def _go_value(value: Any) -> str:
    return "<nil>" if value is None else go_syntax(value)


def _refuse_key(value: Any) -> NoReturn:
    raise errors.undecodable(f"invalid map key: {go_syntax(value)}")


def _merge(container: dict[str, Any], value: Any, is_alias: bool) -> None:
    maps = [value] if isinstance(value, dict) or is_alias or not isinstance(value, list) else value
    for item in reversed(maps):  # the first of a list wins
        if not isinstance(item, dict):
            raise errors.undecodable("map merge requires map or sequence of maps as the value")
        container.update(item)


def go_syntax(value: Any) -> str:
    """Return Go's %#v of what goyaml decodes, which some of its messages show."""
    if isinstance(value, dict):
        inside = ", ".join(f"{gofmt.quote(key)}:{go_syntax(item)}" for key, item in sorted(value.items()))
        return f"map[interface {{}}]interface {{}}{{{inside}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join(go_syntax(item) for item in value)}}}"
    if value is None:
        return "interface {}(nil)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return gofmt.quote(value)
    return str(value) if isinstance(value, int) else gofmt.float_g(value)
