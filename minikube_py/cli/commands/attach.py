"""kctl attach."""

from minikube_py.cli import podtargets
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Values
from minikube_py.machinery.errors import KctlError


class AttachOptions:
    """What `kctl attach` was asked for."""

    factory: Factory
    values: Values

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values, self.arguments = factory, values, arguments
        self.timeout = podtargets.running_timeout(values, "attach")
        factory.configured()

    def validate(self) -> None:
        """Refuse what makes no sense."""
        count = len(self.arguments)
        if not count:
            raise KctlError("at least 1 argument is required for attach")
        if count > 2:
            raise KctlError(f"expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {count}: [{' '.join(self.arguments)}]")

    def run(self) -> int | None:
        """Join the container's process; where it fails, its exit code is ours."""
        from minikube_py.cli import attaching

        factory, values = self.factory, self.values
        client = factory.client("kubectl")
        words = ["/".join(self.arguments)] if len(self.arguments) == 2 else self.arguments
        pod = podtargets.pod_of(factory, client, podtargets.find(factory, client, words)[0], self.timeout)
        podtargets.refuse_completed(pod, "attach")
        return attaching.attach(factory, client, pod, values["container"], stdin=values["stdin"], tty=values["tty"], quiet=values["quiet"])


COMMAND = Command(
    "attach",
    "Attach to a running container",
    "(POD | TYPE/NAME) -c CONTAINER",
    (podtargets.CONTAINER, podtargets.RUNNING_TIMEOUT, podtargets.QUIET, podtargets.STDIN, podtargets.TTY),
    AttachOptions,
    long="Join the process that runs in a container: see what it writes from now on and, with -i, be its standard input.",
    examples="""  # See what the default container of a pod writes from now on
  kctl attach web-1

  # Sit down at the terminal of one of its containers
  kctl attach web-1 -c shell -i -t

  # Join one of a deployment's pods
  kctl attach deploy/web""",
)
