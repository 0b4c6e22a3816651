"""The syntax tree of a Go template. `str(node)` is the source again, as error messages show it."""


from minikube_py.kits import gofmt


class Node:
    """Something at a place of the template's text."""

    __slots__ = ("at",)
    source = ""

    def __init__(self, at: int) -> None:
        self.at = at

    def __str__(self) -> str:
        return self.source


class Text(Node):
    """Text outside of actions."""

    __slots__ = ("text",)

    def __init__(self, at: int, text: str) -> None:
        super().__init__(at)
        self.text = text

    def __str__(self) -> str:
        return self.text


class Dot(Node):
    """The cursor."""

    __slots__ = ()
    source = "."


class Nil(Node):
    """The word nil."""

    __slots__ = ()
    source = "nil"


class Break(Node):
    """{{break}}"""

    __slots__ = ()
    source = "{{break}}"


class Continue(Node):
    """{{continue}}"""

    __slots__ = ()
    source = "{{continue}}"


class End(Node):
    """{{end}}, while parsing."""

    __slots__ = ()
    source = "{{end}}"


class Else(Node):
    """{{else}}, while parsing."""

    __slots__ = ()
    source = "{{else}}"


class Constant(Node):
    """A string, a number or a truth value; `source` is how it was written."""

    __slots__ = ("source", "value")

    def __init__(self, at: int, value: str | int | float | bool, source: str) -> None:
        super().__init__(at)
        self.value = value
        self.source = source


class Identifier(Node):
    """The name of a function."""

    __slots__ = ("name",)

    def __init__(self, at: int, name: str) -> None:
        super().__init__(at)
        self.name = name

    def __str__(self) -> str:
        return self.name


class Field(Node):
    """.a.b"""

    __slots__ = ("names",)

    def __init__(self, at: int, names: list[str]) -> None:
        super().__init__(at)
        self.names = names

    def __str__(self) -> str:
        return "".join(f".{name}" for name in self.names)


class Variable(Node):
    """$x.a.b; the first name is the variable's, with its $."""

    __slots__ = ("names",)

    def __init__(self, at: int, names: list[str]) -> None:
        super().__init__(at)
        self.names = names

    def __str__(self) -> str:
        return ".".join(self.names)


class Chain(Node):
    """(pipeline).a.b"""

    __slots__ = ("names", "node")

    def __init__(self, at: int, node: Node, names: list[str]) -> None:
        super().__init__(at)
        self.node = node
        self.names = names

    def __str__(self) -> str:
        inner = f"({self.node})" if isinstance(self.node, Pipe) else str(self.node)
        return inner + "".join(f".{name}" for name in self.names)


class Command(Node):
    """A function or value with its arguments."""

    __slots__ = ("args",)

    def __init__(self, at: int, args: list[Node]) -> None:
        super().__init__(at)
        self.args = args

    def __str__(self) -> str:
        return " ".join(f"({arg})" if isinstance(arg, Pipe) else str(arg) for arg in self.args)


class Pipe(Node):
    """Commands that hand their value on, and the variables that take it."""

    __slots__ = ("assigns", "commands", "variables")

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.commands: list[Command] = []
        self.variables: list[Variable] = []
        self.assigns = False

    def __str__(self) -> str:
        taken = ", ".join(map(str, self.variables)) + (" = " if self.assigns else " := ") if self.variables else ""
        return taken + " | ".join(map(str, self.commands))


class Action(Node):
    """{{pipeline}}"""

    __slots__ = ("pipe",)

    def __init__(self, at: int, pipe: Pipe) -> None:
        super().__init__(at)
        self.pipe = pipe

    def __str__(self) -> str:
        return f"{{{{{self.pipe}}}}}"


class Branch(Node):
    """{{if}}, {{with}} or {{range}}: `word` says which."""

    __slots__ = ("body", "otherwise", "pipe", "word")

    def __init__(self, at: int, word: str, pipe: Pipe, body: list[Node], otherwise: list[Node] | None) -> None:
        super().__init__(at)
        self.word, self.pipe, self.body, self.otherwise = word, pipe, body, otherwise

    def __str__(self) -> str:
        rest = "" if self.otherwise is None else "{{else}}" + "".join(map(str, self.otherwise))
        return f"{{{{{self.word} {self.pipe}}}}}" + "".join(map(str, self.body)) + rest + "{{end}}"


class Call(Node):
    """{{template "name" pipeline}}"""

    __slots__ = ("name", "pipe")

    def __init__(self, at: int, name: str, pipe: Pipe | None) -> None:
        super().__init__(at)
        self.name, self.pipe = name, pipe

    def __str__(self) -> str:
        given = f" {self.pipe}" if self.pipe is not None else ""
        return f"{{{{template {gofmt.quote(self.name)}{given}}}}}"
