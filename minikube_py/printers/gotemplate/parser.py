"""Reads Go templates into trees (text/template/parse), with Go's errors."""

from collections.abc import Container

from minikube_py.kits import gofmt
from minikube_py.printers import govalues
from minikube_py.printers.gotemplate import nodes
from minikube_py.printers.gotemplate.errors import TemplateError
from minikube_py.printers.gotemplate.lexer import Lexer, Token
from minikube_py.printers.gotemplate.nodes import Node, Pipe

_OPERANDS = frozenset(("bool", "char_constant", "dot", "field", "identifier", "number", "nil", "raw", "string", "variable", "("))
Trees = dict[str, list[Node]]


def parse(name: str, text: str, functions: Container[str]) -> Trees:
    """Return the trees of a template and of all that it defines, by name."""
    trees: Trees = {}
    try:
        _Parser(name, Lexer(text), functions, trees).parse(name)
    except RecursionError:
        raise TemplateError(f"template: {name}: the template is nested too deeply") from None
    return trees


class _Parser:
    def __init__(self, file: str, lexer: Lexer, functions: Container[str], trees: Trees) -> None:
        self._file, self._lexer, self._functions, self._trees = file, lexer, functions, trees
        self._ahead: list[Token] = []
        self._last = Token("EOF", 0, "", 1)
        self._variables = ["$"]
        self._ranges = 0
        self._action_line = 0

    # Tokens: a stack of what is to be read again, and what the lexer brings.

    def _next(self) -> Token:
        if self._ahead:
            return self._ahead.pop()
        self._last = self._lexer.next()
        return self._last

    def _back(self, *tokens: Token) -> None:
        self._ahead.extend(reversed(tokens))

    def _peek(self) -> Token:
        token = self._next()
        self._back(token)
        return token

    def _next_word(self) -> Token:
        token = self._next()
        while token.kind == "space":
            token = self._next()
        return token

    def _peek_word(self) -> Token:
        token = self._next_word()
        self._back(token)
        return token

    def _fail(self, problem: str) -> TemplateError:
        return TemplateError(f"template: {self._file}:{self._last.line}: {problem}")

    def _unexpected(self, token: Token, where: str) -> TemplateError:
        if token.kind != "error":
            return self._fail(f"unexpected {token} in {where}")
        extra = f" in action started at {self._file}:{self._action_line}" if self._action_line not in (0, token.line) else ""
        return self._fail(f"{token}{extra.removeprefix(' in action') if token.value.endswith(' action') else extra}")

    def _expect(self, where: str, *kinds: str) -> Token:
        token = self._next_word()
        if token.kind not in kinds:
            raise self._unexpected(token, where)
        return token

    # Lists of nodes.

    def parse(self, name: str) -> None:
        """Read the whole template."""
        found: list[Node] = []
        while self._peek().kind != "EOF":
            token = self._next()
            if token.kind == "left":
                word = self._next_word()
                if word.kind == "define":
                    self._define()
                    continue
                self._back(word)
            self._back(token)
            node = self._text_or_action()
            if isinstance(node, (nodes.End, nodes.Else)):
                raise self._fail(f"unexpected {node}")
            found.append(node)
        self._add(name, found)

    def _add(self, name: str, tree: list[Node]) -> None:
        def empty(found: list[Node]) -> bool:
            return all(isinstance(node, nodes.Text) and not node.text.strip() for node in found)

        if name not in self._trees or empty(self._trees[name]):
            self._trees[name] = tree
        elif not empty(tree):
            raise self._fail(f"template: multiple definition of template {gofmt.quote(name)}")

    def _inner(self) -> "_Parser":
        inner = _Parser(self._file, self._lexer, self._functions, self._trees)
        inner._ahead, inner._last = self._ahead, self._last
        return inner

    def _define(self) -> None:
        where = "define clause"
        name = self._unquote(self._expect(where, "string", "raw"))
        self._expect(where, "right")
        self._body(name, where)

    def _body(self, name: str, where: str) -> None:
        """Read what a define or block holds, which sees no variables from outside."""
        inner = self._inner()
        tree, end = inner._list()
        self._last = inner._last
        if not isinstance(end, nodes.End):
            raise self._fail(f"unexpected {end} in {where}")
        self._add(name, tree)

    def _list(self) -> tuple[list[Node], Node]:
        found: list[Node] = []
        while self._peek_word().kind != "EOF":
            node = self._text_or_action()
            if isinstance(node, (nodes.End, nodes.Else)):
                return found, node
            found.append(node)
        raise self._fail("unexpected EOF")

    def _text_or_action(self) -> Node:
        token = self._next_word()
        if token.kind == "text":
            return nodes.Text(token.at, token.value)
        if token.kind != "left":
            raise self._unexpected(token, "input")
        self._action_line = token.line
        node = self._action()
        self._action_line = 0
        return node

    # Actions.

    def _action(self) -> Node:
        token = self._next_word()
        if token.kind in ("if", "with", "range"):
            return self._branch(token)
        if token.kind == "end":
            return nodes.End(self._expect("end", "right").at)
        if token.kind == "else":
            return self._else()
        if token.kind in ("break", "continue"):
            return self._jump(token)
        if token.kind == "template":
            return self._call()
        if token.kind == "block":
            return self._block()
        self._back(token)
        return nodes.Action(token.at, self._pipeline("command", "right"))

    def _else(self) -> Node:
        token = self._peek_word()
        if token.kind in ("if", "with"):
            return nodes.Else(token.at)
        return nodes.Else(self._expect("else", "right").at)

    def _jump(self, word: Token) -> Node:
        token = self._next_word()
        if token.kind != "right":
            raise self._unexpected(token, f"{{{{{word.kind}}}}}")
        if not self._ranges:
            raise self._fail(f"{{{{{word.kind}}}}} outside {{{{range}}}}")
        return nodes.Break(word.at) if word.kind == "break" else nodes.Continue(word.at)

    def _branch(self, word: Token) -> Node:
        scope = len(self._variables)
        pipe = self._pipeline(word.kind, "right")
        self._ranges += word.kind == "range"
        body, end = self._list()
        self._ranges -= word.kind == "range"
        otherwise: list[Node] | None = None
        if isinstance(end, nodes.Else):
            following = self._peek()
            if following.kind == word.kind != "range":
                # {{else if}} needs no {{end}} of its own.
                otherwise = [self._branch(self._next())]
            else:
                otherwise, end = self._list()
                if not isinstance(end, nodes.End):
                    raise self._fail(f"expected end; found {end}")
        del self._variables[scope:]
        return nodes.Branch(pipe.at, word.kind, pipe, body, otherwise)

    def _name(self, where: str) -> Token:
        token = self._next_word()
        if token.kind not in ("string", "raw"):
            raise self._unexpected(token, where)
        return token

    def _call(self) -> Node:
        where = "template clause"
        token = self._name(where)
        following = self._next_word()
        pipe = None
        if following.kind != "right":
            self._back(following)
            pipe = self._pipeline(where, "right")
        return nodes.Call(token.at, self._unquote(token), pipe)

    def _block(self) -> Node:
        where = "block clause"
        token = self._name(where)
        name = self._unquote(token)
        pipe = self._pipeline(where, "right")
        self._body(name, where)
        return nodes.Call(token.at, name, pipe)

    def _unquote(self, token: Token) -> str:
        try:
            return token.value[1:-1] if token.kind == "raw" else govalues.unquote(token.value[1:-1], token.value[0])
        except ValueError as error:
            raise self._fail(str(error)) from None

    # Pipelines.

    def _pipeline(self, where: str, end: str) -> Pipe:
        pipe = Pipe(self._peek_word().at)
        while self._declaration(pipe, where):
            continue
        while True:
            token = self._next_word()
            if token.kind == end:
                self._check(pipe, where)
                return pipe
            if token.kind not in _OPERANDS:
                raise self._unexpected(token, where)
            self._back(token)
            pipe.commands.append(self._command())

    def _declaration(self, pipe: Pipe, where: str) -> bool:
        """Read `$x :=` where it stands; tell whether another variable is to follow."""
        variable = self._peek_word()
        if variable.kind != "variable":
            return False
        self._next_word()
        after = self._next()
        token = self._next_word() if after.kind == "space" else after
        if token.kind in ("assign", "declare"):
            pipe.assigns = token.kind == "assign"
            self._declare(pipe, variable)
            return False
        if token.kind == "char" and token.value == ",":
            self._declare(pipe, variable)
            if where != "range" or len(pipe.variables) > 1:
                raise self._fail(f"too many declarations in {where}")
            if self._peek_word().kind not in ("variable", "right", ")"):
                raise self._fail("range can only initialize variables")
            return True
        self._back(*((variable, after, token) if after.kind == "space" else (variable, token)))
        return False

    def _declare(self, pipe: Pipe, variable: Token) -> None:
        pipe.variables.append(nodes.Variable(variable.at, variable.value.split(".")))
        self._variables.append(variable.value)

    def _check(self, pipe: Pipe, where: str) -> None:
        if not pipe.commands:
            raise self._fail(f"missing value for {where}")
        for index, command in enumerate(pipe.commands[1:]):
            if isinstance(command.args[0], (nodes.Constant, nodes.Dot, nodes.Nil)):
                raise self._fail(f"non executable command in pipeline stage {index + 2}")

    def _command(self) -> nodes.Command:
        command = nodes.Command(self._peek_word().at, [])
        while True:
            self._peek_word()
            operand = self._operand()
            if operand is not None:
                command.args.append(operand)
            token = self._next()
            if token.kind == "space":
                continue
            if token.kind in ("right", ")"):
                self._back(token)
            elif token.kind != "pipe":
                raise self._unexpected(token, "operand")
            break
        if not command.args:
            raise self._fail("empty command")
        return command

    def _operand(self) -> Node | None:
        node = self._term()
        if node is None or self._peek().kind != "field":
            return node
        at, names = self._peek().at, []
        while self._peek().kind == "field":
            names.append(self._next().value[1:])
        if isinstance(node, nodes.Field):
            return nodes.Field(at, node.names + names)
        if isinstance(node, nodes.Variable):
            return nodes.Variable(at, node.names + names)
        if isinstance(node, (nodes.Constant, nodes.Nil, nodes.Dot)):
            raise self._fail(f"unexpected . after term {gofmt.quote(str(node))}")
        return nodes.Chain(at, node, names)

    def _term(self) -> Node | None:
        token = self._next_word()
        if token.kind == "identifier":
            if token.value not in self._functions:
                raise self._fail(f"function {gofmt.quote(token.value)} not defined")
            return nodes.Identifier(token.at, token.value)
        if token.kind == "variable":
            if token.value not in self._variables:
                raise self._fail(f"undefined variable {gofmt.quote(token.value)}")
            return nodes.Variable(token.at, [token.value])
        if token.kind == "(":
            return self._pipeline("parenthesized pipeline", ")")
        return self._literal(token)

    def _literal(self, token: Token) -> Node | None:
        if token.kind == "dot":
            return nodes.Dot(token.at)
        if token.kind == "nil":
            return nodes.Nil(token.at)
        if token.kind == "field":
            return nodes.Field(token.at, [token.value[1:]])
        if token.kind == "bool":
            return nodes.Constant(token.at, token.value == "true", token.value)
        if token.kind in ("string", "raw"):
            return nodes.Constant(token.at, self._unquote(token), token.value)
        if token.kind in ("number", "char_constant"):
            return nodes.Constant(token.at, self._number(token), token.value)
        self._back(token)
        return None

    def _number(self, token: Token) -> int | float:
        text = token.value
        if token.kind == "char_constant":
            char = self._unquote(token)
            if len(char) != 1:
                raise self._fail(f"malformed character constant: {text}")
            return ord(char)
        if text.endswith("i") and not text.lower().startswith("0x"):
            raise self._fail(f"complex numbers are not supported: {text}")
        try:
            value = number(text)
        except (OverflowError, ValueError):
            raise self._fail(f"illegal number syntax: {gofmt.quote(text)}") from None
        if isinstance(value, int) and not -(1 << 63) <= value < 1 << 64:
            raise self._fail(f"integer overflow: {gofmt.quote(text)}")
        return value


def number(text: str) -> int | float:
    """Return what a number of Go's syntax means."""
    body = text.lstrip("+-").lower()
    sign = -1 if text.startswith("-") else 1
    if body.startswith("0x") and "p" in body:
        return sign * float.fromhex(body.replace("_", ""))
    if body.startswith(("0x", "0o", "0b")):
        return sign * int(body.replace("_", ""), 0)
    if any(mark in body for mark in ".e"):
        found = float(body)
        if found == float("inf"):
            raise OverflowError(text)
        return sign * found
    return sign * (int(body.replace("_", ""), 8) if len(body) > 1 and body.startswith("0") else int(body))
