"""kctl explain."""

from typing import TYPE_CHECKING

from minikube_py.cli import explaining, explanations, failures
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.scheme import Resource

if TYPE_CHECKING:
    from minikube_py.cli.explaining import Definitions
    from minikube_py.machinery.scheme import Scheme
    from minikube_py.printers.jsonpath.nodes import Node

_PLAIN, _OLD = "plaintext", "plaintext-openapiv2"
FLAGS = (
    Flag("api-version", usage="Explain the kind as it is in this API version (group/version)."),
    Flag("output", default=_PLAIN, usage="Format in which to render the schema (plaintext, plaintext-openapiv2)."),
    Flag("recursive", "bool", usage="Print the names and types of the fields of fields too, without descriptions."),
)


class ExplainOptions:
    """What `kctl explain` was asked for."""

    factory: Factory

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.arguments = factory, arguments
        self.version, self.output, self.recursive = values["api-version"], values["output"], values["recursive"]
        factory.configured()

    def validate(self) -> None:
        """Refuse anything but one resource."""
        if not self.arguments:
            hint = 'Use "kctl api-resources" for a complete list of supported resources.'
            raise KctlError(f"You must specify the type of resource to explain. {hint}\n")
        if len(self.arguments) > 1:
            raise KctlError("We accept only this format: explain RESOURCE\n")

    def run(self) -> int | None:
        """Print it."""
        known = self.factory.client("kubectl").scheme
        resource, path = self._asked(known)
        if self.output == _OLD:
            return self._old(known, resource, path)
        group, version = (resource.group, resource.version) if not self.version else _group_version(self.version)
        definitions = self._definitions(known, group, version)
        spelled = f"{group}/{version}, Resource={resource.plural}"
        if definitions is None:
            raise KctlError(f'couldn\'t find resource for "{spelled}"')
        if self.output != _PLAIN:
            raise KctlError(f"unrecognized format: {self.output}")
        found = known.get(group, version, resource.plural)
        schema = definitions.of(found) if found is not None else None
        if found is None or schema is None:
            raise KctlError(f"GVR ({spelled}) not found in OpenAPI schema")
        out = self.factory.streams.out
        out.write(explanations.heading(found))
        out.write(explanations.Explanation(definitions, recursive=self.recursive).text(schema, path) + "\n")
        return None

    def _old(self, known: "Scheme", resource: Resource, path: list[str]) -> int | None:
        """Print it in the layout of kubectl before 1.27."""
        from minikube_py.cli import explanationsv2

        group, version = (resource.group, resource.version) if not self.version else _group_version(self.version)
        definitions = self._definitions(known, group, version)
        found = resource._replace(group=group, version=version)
        schema = definitions.of(found) if definitions is not None else None
        if definitions is None or schema is None:
            spelled = f"{group}/{version}, Kind={resource.kind}"
            raise KctlError(f'couldn\'t find resource for "{spelled}"')
        self.factory.streams.out.write(explanationsv2.Explanation(definitions, recursive=self.recursive).text(found, schema, path))
        return None

    def _definitions(self, known: "Scheme", group: str, version: str) -> "Definitions | None":
        server = self.factory.server
        if server is not None:
            return explaining.of_server(server, group, version)
        return explaining.BuiltIn(known) if version in known.versions(group) else None

    def _asked(self, known: "Scheme") -> tuple[Resource, list[str]]:
        """Return the resource and the field; a name of group and resource may stand before the field."""
        text = self.arguments[0]
        found = _nodes(text)
        word = _field(found[0], "first node") if found else ""
        if not word:
            raise KctlError("a resource must be present, got: /, Resource=")
        resource = known.find(word)
        if resource is None:
            raise failures.Verbatim(f'the server doesn\'t have a resource type "{word}"')
        if not self.version:
            for each in (resource, *(each for each in known if each.plural == resource.plural)):
                if each.served and each.plural == word.lower() and text.startswith(each.qualified):
                    below = _nodes(text[len(each.qualified) :])
                    return (known.preferred(*each.key) or each), [_field(node, "first node") for node in below[1:]]
        return resource, [_field(node, "all nodes" if self.version else "first node") for node in found[1:]]


def _nodes(text: str) -> "list[Node]":
    """Return a path's parts; it is read as a JSONPath."""
    from minikube_py.printers.jsonpath import nodes, parser

    text = text.removesuffix(".")
    if not text:
        return []
    try:
        parsed = parser.parse("{." + text + "}")
    except parser.JSONPathError as error:
        raise KctlError(str(error)) from error
    if len(parsed) != 1 or isinstance(parsed[0], nodes.Text):
        raise KctlError("must pass in 1 jsonpath string")
    return list(parsed[0])


def _field(node: "Node", which: str) -> str:
    from minikube_py.printers.jsonpath import nodes

    if not isinstance(node, nodes.Field):
        raise KctlError(f"invalid jsonpath syntax, {which} must be field node{'' if which == 'first node' else 's'}")
    return node.name


def _group_version(text: str) -> tuple[str, str]:
    if text.count("/") > 1:
        raise KctlError(f"unexpected GroupVersion string: {text}")
    group, _, version = text.rpartition("/")
    return group, version


COMMAND = Command(
    "explain", "Get documentation for a resource",
    "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [--output=plaintext|plaintext-openapiv2]", FLAGS, ExplainOptions,
    long="""Describe the fields of a kind of resource.

 A field is named by the way to it: TYPE.FIELD.FIELD. What is there, and of which type, is always told; descriptions are told where the
 package lightkube-models is installed beside kctl, or by the server.""",
    examples="""  # Explain pods
  kctl explain pods

  # Explain one field
  kctl explain deployment.spec.strategy

  # Print all the fields there are below
  kctl explain cronjobs.spec --recursive

  # Explain another version of the kind
  kctl explain hpa --api-version=autoscaling/v1""",
)  # fmt: skip
