"""kctl exec."""

from typing import TYPE_CHECKING

from minikube_py.cli import dryrun, podtargets
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient


class ExecOptions:
    """What `kctl exec` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line: one word before the dashes, the command behind them."""
        self.factory, self.values = factory, values
        self.target = arguments[0] if arguments and values.dash != 0 else ""
        self.command: tuple[str, ...] = ()
        if values.dash >= 0:
            self.command = tuple(arguments[values.dash :])
        elif len(arguments) > 1 or (arguments and values["filename"]):
            raise dryrun.usage_error("exec", "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead")
        self.timeout = podtargets.running_timeout(values, "exec")
        factory.configured()

    def validate(self) -> None:
        """Refuse what makes no sense."""
        if not self.target and not self.values["filename"]:
            raise KctlError("pod, type/name or --filename must be specified")
        if not self.command:
            raise KctlError("you must specify at least one command for the container")

    def run(self) -> int | None:
        """Run the command in the container; its exit code is ours."""
        values, factory = self.values, self.factory
        self.client = factory.client("kubectl")
        found = podtargets.find(factory, self.client, [self.target] if self.target else [], values["filename"])
        if len(found) != 1:
            raise KctlError("cannot exec into multiple objects at a time")
        pod = podtargets.pod_of(factory, self.client, found[0], self.timeout)
        podtargets.refuse_completed(pod, "exec into")
        container = values["container"] or podtargets.container_of(pod, "", factory.streams.err, quiet=values["quiet"])["name"]
        raw = podtargets.terminal(factory, stdin=values["stdin"], tty=values["tty"], quiet=values["quiet"])
        from minikube_py.cli import sessions

        wish = sessions.Wish(pod, container, self.command, values["stdin"], raw)
        process = sessions.ask(self.client, wish)
        from minikube_py.cli import carrying

        return carrying.of_process(factory, process, wish)


COMMAND = Command(
    "exec",
    "Execute a command in a container",
    "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
    (
        podtargets.CONTAINER,
        Flag("filename", "list", short="f", usage="Filename, directory, or URL to files that name what to exec into"),
        podtargets.RUNNING_TIMEOUT,
        podtargets.QUIET,
        podtargets.STDIN,
        podtargets.TTY,
    ),
    ExecOptions,
    long="Execute a command in a container, with its standard output and error on those of this command. Its exit code becomes kctl's.",
    examples="""  # Run a command in the default container of a pod
  kctl exec web-1 -- date

  # Work with a shell in one of a pod's containers
  kctl exec -it web-1 -c proxy -- sh

  # Feed a file to a command in one of a deployment's pods
  kctl exec -i deploy/db -- psql < dump.sql""",
)
