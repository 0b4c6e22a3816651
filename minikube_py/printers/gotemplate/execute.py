"""Runs the tree of a Go template over an object (text/template's exec.go)."""

from collections.abc import Callable, Iterable
from typing import Any

from minikube_py.kits import gofmt
from minikube_py.printers import govalues
from minikube_py.printers.gotemplate import functions, nodes
from minikube_py.printers.gotemplate.errors import CallError, TemplateError
from minikube_py.printers.gotemplate.nodes import Node
from minikube_py.printers.gotemplate.parser import Trees
from minikube_py.printers.gotemplate.values import INVALID, MISSING, Box, Constant, is_true, open_, plain, type_name

Write = Callable[[str], object]


class _Break(Exception):
    """{{break}}"""


class _Continue(Exception):
    """{{continue}}"""


class State:
    """One template at work: its variables, and the node that errors tell of."""

    def __init__(self, trees: Trees, text: str, write: Write, missing_is_error: bool, name: str) -> None:
        self._trees, self._text, self._write, self._name = trees, text, write, name
        self._missing_is_error = missing_is_error
        self._variables: list[tuple[str, Any]] = []
        self._node: Node | None = None

    def run(self, data: Any) -> None:
        """Run the template, and write what it makes."""
        self._variables = [("$", data)]
        try:
            self._list(data, self._trees[self._name])
        except RecursionError:
            raise TemplateError(f"template: {self._name}: exceeded maximum template depth") from None

    def _fail(self, problem: str) -> TemplateError:
        before = self._text[: self._node.at if self._node else 0]
        line = 1 + before.count("\n")
        column = len(govalues.to_bytes(before[before.rfind("\n") + 1 :]))
        where = f"executing {gofmt.quote(self._name)} at <{self._node}>"
        return TemplateError(f"template: output:{line}:{column}: {where}: {problem}")

    # Statements.

    def _list(self, dot: Any, tree: list[Node]) -> None:
        for node in tree:
            self._walk(dot, node)

    def _walk(self, dot: Any, node: Node) -> None:
        self._node = node
        if isinstance(node, nodes.Text):
            self._write(node.text)
        elif isinstance(node, nodes.Action):
            value = self._pipeline(dot, node.pipe)
            if not node.pipe.variables:
                self._print(node, value)
        elif isinstance(node, nodes.Branch):
            self._branch(dot, node)
        elif isinstance(node, nodes.Call):
            self._template(dot, node)
        else:
            raise _Break if isinstance(node, nodes.Break) else _Continue

    def _print(self, node: Node, value: Any) -> None:
        self._node = node
        inner = open_(value)
        self._write("<no value>" if inner is INVALID else govalues.sprint(inner))

    def _branch(self, dot: Any, node: nodes.Branch) -> None:
        scope = len(self._variables)
        try:
            if node.word == "range":
                self._range(dot, node)
                return
            value = self._pipeline(dot, node.pipe)
            if is_true(value):
                self._list(value if node.word == "with" else dot, node.body)
            elif node.otherwise is not None:
                self._list(dot, node.otherwise)
        finally:
            del self._variables[scope:]

    def _range(self, dot: Any, node: nodes.Branch) -> None:
        value = open_(self._pipeline(dot, node.pipe))
        scope = len(self._variables)
        empty = True
        try:
            for key, element in self._pairs(value, node):
                empty = False
                self._assign(node.pipe, key, element)
                try:
                    self._list(element, node.body)
                except _Continue:
                    pass
                finally:
                    del self._variables[scope:]
        except _Break:
            return
        if empty and node.otherwise is not None:
            self._list(dot, node.otherwise)

    def _pairs(self, value: Any, node: nodes.Branch) -> Iterable[tuple[Any, Any]]:
        if value is INVALID:
            return []
        if isinstance(value, list):
            return [(Constant(index), Box(item)) for index, item in enumerate(value)]
        if isinstance(value, dict):
            return [(key, Box(value[key])) for key in sorted(value)]
        if isinstance(value, int) and not isinstance(value, bool):
            if len(node.pipe.variables) > 1:
                raise self._fail(f"can't use {value} to iterate over more than one variable")
            return ((INVALID, type(value)(index)) for index in range(value))
        raise self._fail(f"range can't iterate over {govalues.sprint(value)}")

    def _assign(self, pipe: nodes.Pipe, key: Any, element: Any) -> None:
        names = [variable.names[0] for variable in pipe.variables]
        values = [element] if len(names) == 1 else [key, element]
        for place, (name, value) in enumerate(zip(names, values, strict=False)):
            if pipe.assigns:
                self._set(name, value)
            else:
                self._variables[len(self._variables) - len(names) + place] = (name, value)

    def _template(self, dot: Any, node: nodes.Call) -> None:
        self._node = node
        if node.name not in self._trees:
            raise self._fail(f"template {gofmt.quote(node.name)} not defined")
        data = INVALID if node.pipe is None else self._pipeline(dot, node.pipe)
        inner = State(self._trees, self._text, self._write, self._missing_is_error, node.name)
        inner._variables = [("$", data)]
        inner._list(data, self._trees[node.name])

    # Variables.

    def _set(self, name: str, value: Any) -> None:
        for index in range(len(self._variables) - 1, -1, -1):
            if self._variables[index][0] == name:
                self._variables[index] = (name, value)
                return
        raise self._fail(f"undefined variable: {name}")

    def _get(self, name: str) -> Any:
        for known, value in reversed(self._variables):
            if known == name:
                return value
        raise self._fail(f"undefined variable: {name}")

    # Expressions.

    def _pipeline(self, dot: Any, pipe: nodes.Pipe) -> Any:
        self._node = pipe
        value: Any = MISSING
        for command in pipe.commands:
            value = open_(self._command(dot, command, value))
        for variable in pipe.variables:
            if pipe.assigns:
                self._set(variable.names[0], value)
            else:
                self._variables.append((variable.names[0], value))
        return value

    def _command(self, dot: Any, command: nodes.Command, final: Any) -> Any:
        first, args = command.args[0], command.args
        if isinstance(first, nodes.Field):
            return self._field_node(dot, first, args, final)
        if isinstance(first, nodes.Chain):
            return self._chain(dot, first, args, final)
        if isinstance(first, nodes.Identifier):
            return self._function(dot, first, command, args, final)
        if isinstance(first, nodes.Variable):
            return self._variable(first, args, final)
        if not isinstance(first, nodes.Pipe):
            self._node = first
        self._no_arguments(args, final)
        if isinstance(first, nodes.Pipe):
            return self._pipeline(dot, first)
        if isinstance(first, nodes.Nil):
            raise self._fail("nil is not a command")
        return dot if isinstance(first, nodes.Dot) else self._constant(first)

    def _constant(self, node: Node) -> Any:
        value = node.value if isinstance(node, nodes.Constant) else None
        if isinstance(value, int) and not isinstance(value, bool):
            if value >= 1 << 63:
                raise self._fail(f"{node} overflows int")
            return Constant(value)
        return value

    def _no_arguments(self, args: list[Node], final: Any) -> None:
        if len(args) > 1 or final is not MISSING:
            raise self._fail(f"can't give argument to non-function {args[0]}")

    def _field_node(self, dot: Any, node: nodes.Field, args: list[Node], final: Any) -> Any:
        self._node = node
        return self._fields(dot, node.names, args, final)

    def _chain(self, dot: Any, node: nodes.Chain, args: list[Node], final: Any) -> Any:
        self._node = node
        if isinstance(node.node, nodes.Nil):
            raise self._fail(f"indirection through explicit nil in {node}")
        receiver = self._argument(dot, node.node, "")
        return self._fields(receiver, node.names, args, final)

    def _variable(self, node: nodes.Variable, args: list[Node], final: Any) -> Any:
        self._node = node
        value = self._get(node.names[0])
        if len(node.names) == 1:
            self._no_arguments(args or [node], final)
            return value
        return self._fields(value, node.names[1:], args, final)

    def _fields(self, receiver: Any, names: list[str], args: list[Node], final: Any) -> Any:
        for name in names[:-1]:
            receiver = self._field(receiver, name, False)
        return self._field(receiver, names[-1], len(args) > 1 or final is not MISSING)

    def _field(self, receiver: Any, name: str, has_arguments: bool) -> Any:
        if receiver is INVALID:
            if self._missing_is_error:
                raise self._fail(f"nil data; no entry for key {gofmt.quote(name)}")
            return INVALID
        if isinstance(receiver, Box) and receiver.value is None:
            raise self._fail(f"nil pointer evaluating interface {{}}.{name}")
        inner = open_(receiver)
        if not isinstance(inner, dict):
            raise self._fail(f"can't evaluate field {name} in type {type_name(receiver)}")
        if has_arguments:
            raise self._fail(f"{name} is not a method but has arguments")
        if name in inner:
            return Box(inner[name])
        if self._missing_is_error:
            raise self._fail(f"map has no entry for key {gofmt.quote(name)}")
        return INVALID

    # Functions.

    def _function(self, dot: Any, node: nodes.Identifier, whole: Node, args: list[Node], final: Any) -> Any:
        self._node = node
        function = functions.FUNCTIONS[node.name]
        given = args[1:]
        count = len(given) + (final is not MISSING)
        wanted = len(function.fixed)
        if count < wanted and function.rest:
            raise self._fail(f"wrong number of args for {node.name}: want at least {wanted} got {len(given)}")
        if count != wanted and not function.rest:
            raise self._fail(f"wrong number of args for {node.name}: want {wanted} got {count}")
        if node.name in ("and", "or"):
            return self._logic(dot, node.name == "or", given, final)
        kinds = function.fixed + (function.rest,) * (count - wanted)
        values = [self._argument(dot, arg, kind) for arg, kind in zip(given, kinds, strict=False)]
        if final is not MISSING:
            values.append(self._validated(final, kinds[-1]))
        try:
            return function.call(*values)
        except CallError as error:
            self._node = whole
            about = f"non-function {given[0] if given else 'nil'} of type" if node.name == "call" else ""
            problem = str(error).replace("non-function of type", about) if about else str(error)
            raise self._fail(f"error calling {node.name}: {problem}") from None

    def _logic(self, dot: Any, stops_at: bool, args: list[Node], final: Any) -> Any:
        value: Any = INVALID
        for arg in args:
            value = self._argument(dot, arg, "value")
            if is_true(value) == stops_at:
                return value
        return value if final is MISSING else final

    def _argument(self, dot: Any, node: Node, kind: str) -> Any:
        self._node = node
        if isinstance(node, nodes.Nil):
            if kind == "string":
                raise self._fail("cannot assign nil to string")
            return INVALID
        if isinstance(node, nodes.Constant):
            if kind == "string" and not isinstance(node.value, str):
                raise self._fail(f"expected string; found {node}")
            return self._constant(node)
        return self._validated(self._evaluated(dot, node), kind)

    def _evaluated(self, dot: Any, node: Node) -> Any:
        if isinstance(node, nodes.Dot):
            return dot
        if isinstance(node, nodes.Field):
            return self._field_node(dot, node, [node], MISSING)
        if isinstance(node, nodes.Variable):
            return self._variable(node, [], MISSING)
        if isinstance(node, nodes.Chain):
            return self._chain(dot, node, [], MISSING)
        if isinstance(node, nodes.Identifier):
            return self._function(dot, node, node, [node], MISSING)
        if isinstance(node, nodes.Pipe):
            return self._pipeline(dot, node)
        raise self._fail(f"can't handle {node}")

    def _validated(self, value: Any, kind: str) -> Any:
        if kind != "string":
            return value
        if value is INVALID:
            raise self._fail("invalid value; expected string")
        inner = plain(value)
        if not isinstance(inner, str):
            raise self._fail(f"wrong type for value; expected string; got {type_name(value if inner is None else inner)}")
        return inner
