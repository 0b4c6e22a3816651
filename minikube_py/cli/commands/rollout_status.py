"""kctl rollout status."""

from minikube_py.cli import histories, observing, rollouts, rolloutstates
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Info
from minikube_py.machinery.errors import KctlError

FLAGS = (
    *rollouts.FLAGS,
    Flag("revision", "int", usage="Pin to a specific revision for showing its status. Defaults to 0 (last revision)."),
    Flag("timeout", "duration", usage="The length of time to wait before ending watch, zero means never."),
    Flag("watch", "bool", True, short="w", usage="Watch the status of the rollout until it's done."),
)
_KINDS = ("Deployment", "DaemonSet", "StatefulSet")


class StatusOptions(rollouts.Rollout):
    """What `kctl rollout status` was asked for."""

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        super().complete(factory, values, arguments)
        factory.configured()

    def validate(self) -> None:
        """Refuse what makes no sense."""
        super().validate()
        self.revision: int = self.values["revision"]
        if self.revision < 0:
            raise KctlError(f"revision must be a positive integer: {self.revision}")

    def run(self) -> int | None:
        """Follow one rollout after the other until it is over."""
        self.seen = 0
        self.timeout: float = self.values["timeout"]
        self.found().visit(self._follow)
        if not self.seen:
            self.tell_nothing()
        return None

    def _follow(self, info: Info) -> None:
        self.seen += 1
        if info.resource.group != "apps" or info.resource.kind not in _KINDS:
            raise KctlError(f"no status viewer has been implemented for {histories.group_kind(info)}")
        if self.timeout < 0:
            self.factory.log.line("E", "until.go:211", '"Timeout for context shall not be negative"')
        out = self.factory.streams.out
        for event in observing.states(self.factory, self.client, info, self.timeout or None):
            if event.type == "DELETED":
                raise KctlError("object has been deleted")
            text, is_over = rolloutstates.of(event.object, self.revision)
            out.write(text)
            out.flush()
            if is_over or not self.values["watch"]:
                return
        raise KctlError("timed out waiting for the condition")


COMMAND = Command(
    "rollout status",
    "Show the status of the rollout",
    "(TYPE NAME | TYPE/NAME) [options]",
    FLAGS,
    StatusOptions,
    long="""Show how far the rollout of a deployment, daemon set or stateful set is, and wait for its end.

 With --watch=false nothing is waited for. With --revision the command fails as soon as another revision is rolled out.""",
    examples="""  # Wait until a deployment is rolled out
  kctl rollout status deployment/shop

  # One minute at most
  kctl rollout status deployment/shop --timeout=1m""",
)
