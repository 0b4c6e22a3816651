"""kctl certificate: the family of commands that decide on certificate signing requests; and what they share."""

from typing import TYPE_CHECKING

from minikube_py.cli import dryrun, files, lookup, targets, typedobjects
from minikube_py.cli.command import Command, Family
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Found, Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

FLAGS = (
    *dryrun.files("identifying the resource to update"),
    Flag("force", "bool", usage="Send the decision even where it has been made already."),
    *OUTPUT_FLAGS,
)
_KIND, _GROUP, _PLURAL = "CertificateSigningRequest", "certificates.k8s.io", "certificatesigningrequests"
_ATTEMPTS = 10


class Decision:
    """The options of both. Each has the `condition` that it sets, the `opposite`, and what is `done` by `verb`."""

    factory: Factory
    values: Values
    client: "RestClient"
    condition = opposite = done = verb = ""

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values, self.arguments = factory, values, arguments
        self.outcome = Outcome(factory, values)
        self.printer = self.outcome.printer(self.done)
        factory.configured()

    def validate(self) -> None:
        """Refuse what makes no sense."""
        if not (self.arguments or self.values["filename"] or self.values["kustomize"]):
            raise KctlError("one or more CSRs must be specified as <name> or -f <filename>")

    def run(self) -> int | None:
        """Decide on all that was named."""
        self.client = self.factory.client("kubectl")
        self.count = 0
        self._found().visit(self._one)
        if not self.count:
            self.outcome.out.write("No resources found\n")
        return None

    def _found(self) -> Found:
        values = self.values
        words = targets.of_kind(_PLURAL, self.arguments)
        if words:
            if any(target.resource.namespaced for target in targets.parse(self.client.scheme, words)):
                raise KctlError("namespace may not be empty when retrieving a resource by name")
            return lookup.find(self.factory, self.client, lookup.Query(words, values["filename"], kustomize=values["kustomize"]))
        infos, broken = files.read(self.factory, self.client.scheme, values["filename"], recursive=values["recursive"], kustomize=values["kustomize"])
        return Found(infos, broken, prepare=self._fetch, in_files=True)

    def _fetch(self, info: Info) -> None:
        of = info.resource
        if of.namespaced and not info.namespace:
            raise KctlError(f'no namespace set on resource {of.group}/{of.version}, Resource={of.plural} "{info.name}"')
        info.get(self.client)

    def _one(self, info: Info) -> None:
        if (info.resource.group, info.resource.kind) != (_GROUP, _KIND):
            shown = f"{info.resource.kind}.{info.resource.group}" if info.resource.group else info.resource.kind
            raise KctlError(f"can only handle {_KIND}.{_GROUP} objects, got {shown}")
        for attempt in range(_ATTEMPTS + 1):
            try:
                self._decide(info)
                break
            except errors.Conflict:
                if attempt == _ATTEMPTS:
                    raise
                info.get(self.client)
        self.count += 1
        self.printer.print_object(info.there, self.outcome.out)

    def _decide(self, info: Info) -> None:
        try:
            request = self.client.get(info.resource, info.name)
        except errors.NotFound as error:
            raise KctlError(f"could not find v1 version of {info.name}: {error}") from error
        status: Object = request.get("status") or {}
        conditions = status.get("conditions") or []
        if any(condition["type"] == self.opposite for condition in conditions):
            raise KctlError(f'certificate signing request "{info.name}" is already {self.opposite}')
        if not any(condition["type"] == self.condition for condition in conditions):
            conditions = [*conditions, self._condition()]
        elif not self.values["force"]:
            return
        changed = {"apiVersion": info.resource.api_version, "kind": info.resource.kind, **request, "status": {**status, "conditions": conditions}}
        self.client.update(typedobjects.of(changed), subresource="approval")

    def _condition(self) -> Object:
        return {"type": self.condition, "status": "True", "reason": f"Kubectl{self.verb.capitalize()}",
                "message": f"This CSR was {self.done} by kubectl certificate {self.verb}.", "lastUpdateTime": rfc3339(self.factory.clock.now())}  # fmt: skip


class HelpOptions:
    """What `kctl certificate` without one of its commands does."""

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line; kubectl looks at no arguments here."""
        self.out = factory.streams.out

    def validate(self) -> None:
        """Refuse nothing."""

    def run(self) -> int | None:
        """Show which commands there are."""
        from minikube_py.cli import help as texts

        self.out.write(texts.family(COMMAND))
        return None


COMMAND = Family(
    "certificate",
    "Modify certificate resources",
    "SUBCOMMAND [options]",
    {
        "approve": ("certificate_approve", "Approve a certificate signing request"),
        "deny": ("certificate_deny", "Deny a certificate signing request"),
    },
    leaf=Command("certificate", "Modify certificate resources", "SUBCOMMAND [options]", (), HelpOptions),
    long="Decide on certificate signing requests.",
    examples="""  # Let the request be signed
  kctl certificate approve ann

  # Turn it down
  kctl certificate deny ann""",
)
