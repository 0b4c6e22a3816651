"""kctl taint."""

from minikube_py.cli import dryrun, failures, lookup, taints, targets, typedobjects
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.machinery import meta, schemas
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.patch import strategic

FLAGS = (
    dryrun.DRY_RUN,
    dryrun.VALIDATE,
    dryrun.SELECTOR,
    dryrun.field_manager("kubectl-taint"),
    Flag("all", "bool", usage="Select all nodes in the cluster"),
    Flag("overwrite", "bool", usage="If true, allow taints to be overwritten, otherwise reject taint updates that overwrite existing taints."),
    *OUTPUT_FLAGS,
)


class TaintOptions:
    """What `kctl taint` was asked for."""

    factory: Factory
    values: Values

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values = factory, values
        factory.configured()
        self.dry_run = dryrun.strategy(factory, values)
        self.outcome = Outcome(factory, values)  # kubectl says nothing of a dry run here
        dryrun.validation(values)
        self.resources, changes = taints.split(arguments)
        if not self.resources:
            raise KctlError("one or more resources must be specified as <resource> <name>")
        if not changes:
            raise KctlError("at least one taint update is required")
        try:
            self.added, self.removed = taints.parse(changes)
        except ValueError as error:
            raise dryrun.usage_error("taint", str(error)) from None

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values, named = self.values, len(self.resources) > 1
        self.client = self.factory.client("kubectl")
        word = self.resources[0].lower()
        try:
            nodes = targets.resolve(self.client.scheme, word)
        except KctlError as error:
            raise failures.Verbatim(str(error)) from None
        if nodes.kind != "Node":
            raise KctlError(f"invalid resource type {word}, only node types are supported")
        both = [
            f"{wanted['key']}={wanted['effect']}"
            for taint in self.added
            for wanted in self.removed
            if taint["key"] == wanted["key"] and wanted["effect"] in ("", taint["effect"])
        ]
        refusals = (
            (both, f"can not both modify and remove the following taint(s) in the same command: {', '.join(both)}"),
            (values["all"] and values["selector"], "setting 'all' parameter with a non empty selector is prohibited"),
            (not values["all"] and not values["selector"] and not named, "at least one resource name must be specified since 'all' parameter is not set"),
        )
        failures.refuse(refusals)

    def run(self) -> int | None:
        """Change the taints of the nodes."""
        values = self.values
        selecting = bool(values["all"] or values["selector"])
        names = self.resources[1:]
        arguments = ["nodes"] if selecting else targets.of_kind("nodes", names) if all(names) else ["nodes", *names]
        wanted = lookup.Query(arguments, selector=values["selector"], everything=values["all"])
        lookup.find(self.factory, self.client, wanted).visit(self._one)
        return None

    def _one(self, info: Info) -> None:
        values, node = self.values, info.there
        old = (node.get("spec") or {}).get("taints") or []
        clashes = [taint["key"] for taint in self.added for other in old if taints.same(taint, other)]
        if clashes and not values["overwrite"]:
            raise KctlError(f"node {info.name} already has {','.join(clashes)} taint(s) with same effect(s) and --overwrite is false")
        new, done = taints.changed(old, self.added, self.removed, overwrite=values["overwrite"])
        after = {**node, "spec": {**(node.get("spec") or {}), "taints": new}}
        if self.dry_run != dryrun.CLIENT:
            patch = strategic.create_two_way(typedobjects.of(node), typedobjects.of(after), schemas.for_kind("v1", "Node"))
            after = self.client.patch(info.resource, info.name, "", patch, **dryrun.write_options(values, self.dry_run))
            typedobjects.tell(self.outcome, after, done, show_managed_fields=values["show-managed-fields"])
        else:
            self.outcome.tell(meta.clone(typedobjects.of(after)), done)


COMMAND = Command(
    "taint",
    "Update the taints on one or more nodes",
    "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N [options]",
    FLAGS,
    TaintOptions,
    long="""Update the taints of nodes, which keep pods away that do not tolerate them.

 A taint is KEY=VALUE:EFFECT or KEY:EFFECT. The effect is NoSchedule, PreferNoSchedule or NoExecute. A hyphen behind KEY:EFFECT or
KEY removes what is there.""",
    examples="""  # Only pods that tolerate it may come to a node
  kctl taint nodes minikube dedicated=database:NoSchedule

  # Take it away again
  kctl taint nodes minikube dedicated:NoSchedule-

  # Drive pods off all nodes with a label
  kctl taint nodes -l disk=slow slow:NoExecute""",
)
