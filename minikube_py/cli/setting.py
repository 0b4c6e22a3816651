"""What the commands `kctl set ...` share: find objects, change each, send what differs as a strategic merge patch, and say so (kubectl pkg/cmd/set)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from minikube_py.cli import dryrun, failures, files, lookup, recording, typedobjects
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Found, Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.machinery import meta, schemas
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import strategic

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

ALL = Flag("all", "bool", usage="If true, select all resources in the namespace of the specified resource types")
LOCAL_AND_SERVER = "cannot specify --local and --dry-run=server - did you mean --dry-run=client?"
ALL_AND_SELECTOR = "cannot set --all and --selector at the same time"
NO_RESOURCES = "one or more resources must be specified as <resource> <name> or <resource>/<name>"
LOCAL_RESOURCES = "error: you must specify resources by --filename when --local is set.\nExample resource specifications include:\n" \
                  "   '-f rsrc.yaml'\n   '--filename=rsrc.json'"  # fmt: skip


def flags(what: str, *, selector: bool = True, record: bool = True) -> tuple[Flag, ...]:
    """Return the flags that all of them have; `what` is the command's name."""
    local = Flag("local", "bool", usage=f"If true, set {what} will NOT contact api-server but run locally.")
    shared = (*dryrun.files(f"identifying the resource of set {what}"), dryrun.DRY_RUN, dryrun.field_manager("kubectl-set"), ALL, local, *OUTPUT_FLAGS)
    return (*shared, *([dryrun.SELECTOR] if selector else []), *([recording.RECORD] if record else []))


class Setter:
    """The options of a command that changes objects. Each adds what it reads of the command line, and `change`."""

    done = ""  # what is printed of a change: image updated
    failure = ""  # what stands before the server's refusal
    skips_unchanged = True
    factory: Factory
    values: Values
    client: "RestClient"
    wanted: list[Info]

    def begin(self, factory: Factory, values: Values) -> None:
        """Take over what every such command line says, but how to print."""
        self.factory, self.values = factory, values
        self.dry_run = dryrun.strategy(factory, values)
        self.outcome = Outcome(factory, values, self.dry_run)
        self.problems: list[KctlError] = []

    def start(self, factory: Factory, values: Values) -> None:
        """Take over what every such command line says."""
        self.begin(factory, values)
        self.printer = self.outcome.printer(self.done)

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line, and find the objects that the arguments name."""
        self.start(factory, values)
        if values["local"] and arguments:
            raise KctlError(LOCAL_RESOURCES)
        self.wanted = self.infos(arguments)

    @property
    def stays_here(self) -> bool:
        """Tell whether nothing is sent."""
        return bool(self.values["local"]) or self.dry_run == dryrun.CLIENT

    def validate(self) -> None:
        """Refuse what makes no sense."""

    def found(self, arguments: list[str]) -> Found:
        """Return what the command works on."""
        wanted = lookup.query(self.values, arguments)._replace(latest=True, typed=True)
        if self.values["local"]:
            return self.read(wanted)
        self.client = self.factory.client("kubectl")
        return lookup.find(self.factory, self.client, wanted)

    def read(self, wanted: lookup.Query) -> Found:
        """Return what files hold; no server is asked."""
        if not wanted.files and not wanted.kustomize:
            raise KctlError(lookup.NOTHING)
        infos, broken = files.read(self.factory, None, wanted.files, recursive=wanted.recursive, kustomize=wanted.kustomize, typed=True)
        return Found(infos, broken, single=lookup.single_file(wanted))

    def infos(self, arguments: list[str]) -> list[Info]:
        """Return all that the command works on; the first failure to find something ends it."""
        infos, broken = self.found(arguments).collect()
        if broken is not None:
            raise broken
        for info in infos:
            info.object = typedobjects.require(info)
        return infos

    def work(self, infos: list[Info], change: Callable[[Object], bool]) -> None:
        """Change all objects in place, then send them; `change` tells whether there is anything to send. KctlError for all that failed."""
        changed: list[tuple[Info, Object, KctlError | None]] = []
        for info in infos:
            before = meta.clone(info.there)
            try:
                if change(info.there):
                    info.object = recording.noted(self.values, info.there)
                    changed.append((info, before, None))
            except KctlError as error:
                changed.append((info, before, error))
        for info, before, problem in changed:
            if problem is not None:
                self.problems.append(KctlError(f"error: {self._called(info)} {problem}\n"))
            else:
                self._finish(info, before)
        self.end()

    def end(self) -> None:
        """Raise what went wrong."""
        if len(self.problems) == 1:
            raise KctlError(str(self.problems[0]).removesuffix("\n"))
        if self.problems:
            raise failures.Several(self.problems)

    def _called(self, info: Info) -> str:
        if not self.values["local"]:
            return f"{info.resource.plural}/{info.name}"
        kind, group = info.resource.kind.lower(), info.resource.group
        return f"{kind}.{group}/{info.name}\n" if group else f"{kind}/{info.name}"

    def _finish(self, info: Info, before: Object) -> None:
        patch = patch_of(info, before)
        if not patch and self.skips_unchanged:
            return
        if self.stays_here:
            self.tell(info.there)
            return
        try:
            actual = self.send(info, patch)
        except KctlError as error:
            self.problems.append(KctlError(f"{self.failure} {error}"))
            return
        self.sent()
        self.tell(actual)

    def sent(self) -> None:
        """Check, before what was sent is told."""

    def send(self, info: Info, patch: Object) -> Object:
        """Send one patch."""
        return self.client.patch(info.resource, info.name, info.namespace, patch, **dryrun.write_options(self.values, self.dry_run))

    def tell(self, obj: Object) -> None:
        """Print one object, or what was done."""
        typedobjects.tell(self.outcome, obj, self.done, show_managed_fields=self.values["show-managed-fields"], printer=self.printer)


def patch_of(info: Info, before: Object) -> Object:
    """Return the strategic merge patch that makes the object out of what it was before."""
    old, new = typedobjects.of(before), typedobjects.of(info.there)
    return strategic.create_two_way(old, new, schemas.for_kind(info.resource.api_version, info.resource.kind))
