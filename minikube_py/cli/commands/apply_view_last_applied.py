"""kctl apply view-last-applied."""

import re
from typing import Any

from minikube_py.cli import dryrun, failures, lookup
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.patch import threeway

FLAGS = (
    *dryrun.files("that contains the last-applied-configuration annotations"),
    dryrun.SELECTOR,
    Flag("all", "bool", usage="Select all resources in the namespace of the specified resource types"),
    Flag("output", short="o", default="yaml", usage="Output format. Must be one of (yaml, json)"),
)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


class ViewLastAppliedOptions:
    """What `kctl apply view-last-applied` was asked for."""

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line, and read the annotations."""
        self.factory, self.values = factory, values
        client = factory.client("kubectl")
        wanted = lookup.query(values, arguments)
        lone = len(arguments) == 1 and "/" not in arguments[0]  # with --namespace kubectl takes a lone type for all of its objects
        found = lookup.find(factory, client, wanted._replace(latest=True, everything=wanted.everything or (lone and factory.namespace_enforced)))
        infos, broken = found.collect()
        if broken is not None:
            raise failures.first(broken)
        self.written: list[str] = []
        for info in infos:
            text = meta.annotations({"metadata": info.there.get("metadata") or {}}).get(threeway.ANNOTATION)
            if text is not None:
                self.written.append(text)
            elif info.source:
                raise KctlError(f'error when no last-applied-configuration annotation found on resource: {info.name}\n "{info.source}": <nil>')

    def validate(self) -> None:
        """Nothing is left to refuse: kubectl looks at -o last."""

    def run(self) -> int | None:
        """Print them."""
        from minikube_py.kits import yaml

        out, output = self.factory.streams.out, self.values["output"]
        for text in self.written:
            if output == "json":
                out.write(indented(text))
            elif output == "yaml":
                out.write(yaml.dump(_read(text)))
            else:
                raise dryrun.usage_error("apply view-last-applied", f"Unexpected -o output mode: {output}, the flag 'output' must be one of yaml|json")
        return None


def _read(text: str) -> Any:
    """Return the value of an annotation, which kubectl reads as YAML whatever it looks like."""
    from minikube_py.kits.yaml import YAMLError, parser

    try:
        found = parser.parse(text)
    except YAMLError as error:
        raise KctlError(error.message.removeprefix("error converting YAML to JSON: ")) from None
    return found.value if found is not None else None


def indented(text: str) -> str:
    """Return JSON in lines, each value as it is spelled (Go's json.Indent); what follows the value stays."""
    lines, depth = "", 0
    tokens = _TOKEN.findall(text)
    for number, token in enumerate(tokens):
        following = tokens[number + 1] if number + 1 < len(tokens) else ""
        if token in "{[":
            depth += 1
            lines += token if following in ("}", "]") else f"{token}\n{'  ' * depth}"
        elif token in "}]":
            depth -= 1
            lines += token if number and tokens[number - 1] in ("{", "[") else f"\n{'  ' * depth}{token}"
        else:
            lines += {",": f",\n{'  ' * depth}", ":": ": "}.get(token, token)
    return lines + text[len(text.rstrip()) :]


COMMAND = Command(
    "apply view-last-applied",
    "View the latest last-applied-configuration annotations of a resource/object",
    "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME) [options]",
    FLAGS,
    ViewLastAppliedOptions,
    long="""Show what was applied last, as the annotation of an object tells it, as YAML (or as JSON with -o json).""",
    examples="""  # What was applied last to a deployment
  kctl apply view-last-applied deployment/nginx

  # The same for the objects of a file, as JSON
  kctl apply view-last-applied -f deploy.yaml -o json""",
)
