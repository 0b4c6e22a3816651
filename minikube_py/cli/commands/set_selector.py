"""kctl set selector."""

from minikube_py.cli import lookup, recording, setting, targets, typedobjects
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Found, Info
from minikube_py.machinery import meta, selectors
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

FLAGS = (
    *(flag for flag in setting.flags("selector", selector=False) if flag.name != "kustomize"),
    Flag("resource-version", usage="If non-empty, the selectors update will only succeed if this is the current resource-version for the object."),
)


class SelectorOptions(setting.Setter):
    """What `kctl set selector` was asked for."""

    done = "selector updated"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.begin(factory, values)
        self.selector = _match_labels(arguments[-1]) if arguments else None
        self.arguments = arguments[:-1]
        self.printer = self.outcome.printer(self.done)

    def validate(self) -> None:
        """Refuse what makes no sense."""
        if self.selector is None:
            raise KctlError("one selector is required")

    def run(self) -> int | None:
        """Set the selectors."""
        self.found(self.arguments).visit(self._one)
        return None

    def found(self, arguments: list[str]) -> Found:
        """Return what the command works on."""
        values = self.values
        wanted = lookup.Query(arguments, values["filename"], values["recursive"], everything=values["all"] and targets.only_types(arguments), latest=True,
                              typed=True)  # fmt: skip
        if values["local"]:
            if arguments:
                raise KctlError(setting.LOCAL_RESOURCES)
            return self.read(wanted)
        self.client = self.factory.client("kubectl")
        return lookup.find(self.factory, self.client, wanted)

    def _one(self, info: Info) -> None:
        version, obj = self.values["resource-version"], typedobjects.require(info)
        before = meta.clone(obj)
        info.object = obj
        if version:
            before["metadata"].pop("resourceVersion", None)
            obj["metadata"]["resourceVersion"] = version
        self._select(obj)
        info.object = obj = recording.noted(self.values, obj)
        if self.stays_here:
            self.tell(obj)
        else:
            self.tell(self.send(info, setting.patch_of(info, before)))

    def _select(self, obj: Object) -> None:
        assert self.selector is not None, "validated"
        labels, expressions = self.selector
        if (obj["apiVersion"], obj["kind"]) != ("v1", "Service"):
            raise KctlError("setting a selector is only supported for Services")
        if expressions:
            raise KctlError(f"match expression {expressions} not supported on this object")
        obj["spec"] = {**(obj.get("spec") or {}), "selector": labels}


_EXPRESSIONS = {
    selectors.IN: "In", selectors.NOT_IN: "NotIn", selectors.EXISTS: "Exists", selectors.DOES_NOT_EXIST: "DoesNotExist",
}  # fmt: skip


def _match_labels(text: str) -> tuple[dict[str, str], str]:
    """Return the labels of a selector, and what of it is more than a label, as Go prints it."""
    try:
        parsed = selectors.parse(text)
    except ValueError as error:
        raise KctlError(f'couldn\'t parse the selector string "{text}": {error}') from error
    labels: dict[str, str] = {}
    expressions = []
    for requirement in parsed.requirements:
        if requirement.operator in (selectors.EQUALS, selectors.DOUBLE_EQUALS):
            labels[requirement.key] = requirement.values[0]
        elif requirement.operator in _EXPRESSIONS:
            expressions.append(f"{{{requirement.key} {_EXPRESSIONS[requirement.operator]} [{' '.join(requirement.values)}]}}")
        elif requirement.operator == selectors.NOT_EQUALS:
            raise KctlError('"!=" is not a valid label selector operator')
        else:
            raise KctlError(f'"{requirement.operator}" isn\'t supported in label selectors')
    return labels, f"[{' '.join(expressions)}]" if expressions else ""


COMMAND = Command(
    "set selector",
    "Set the selector on a resource",
    "(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version] [options]",
    FLAGS,
    SelectorOptions,
    long="""Set the selector of a service: the labels of the pods that it leads to. What was selected before is forgotten.

 Only services can be changed so.""",
    examples="""  # Lead a service to other pods
  kctl set selector service shop app=shop,track=canary

  # A service that is made and has its selector changed on the way
  kctl create service clusterip shop --tcp=80 -o yaml --dry-run=client | kctl set selector --local -f - app=other -o yaml""",
)
