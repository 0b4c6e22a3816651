"""kctl config set-context."""

from minikube_py.cli import kubeconfigs
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.cli.kubeconfigs import ChangeOptions
from minikube_py.machinery.errors import KctlError

FLAGS = (
    Flag("cluster", usage="cluster for the context entry in kubeconfig"),
    Flag("current", "bool", usage="Modify the current context"),
    Flag("namespace", usage="namespace for the context entry in kubeconfig"),
    Flag("user", usage="user for the context entry in kubeconfig"),
)


class SetContextOptions(ChangeOptions):
    """Sets parts of a context, which is made where it is not there."""

    def validate(self) -> None:
        """Refuse anything but one context."""
        if len(self.arguments) > 1:
            raise self.unexpected(COMMAND)
        named = bool(self.arguments and self.arguments[0])
        if not named and not self.values["current"]:
            raise KctlError("you must specify a non-empty context name or --current")
        if named and self.values["current"]:
            raise KctlError("you cannot specify both a context name and --current")

    def change(self) -> int | None:
        """Do it."""
        content = self.load()
        name = content["current-context"] if self.values["current"] else self.arguments[0]
        if not name:
            raise KctlError("no current context is set")
        known = kubeconfigs.find(content, "contexts", name)
        given = {field: self.values[field] for field in ("cluster", "user", "namespace") if self.values.changed(field)}
        self.save(kubeconfigs.put(content, "contexts", name, {**(known or {}), **given}))
        self.say(f'Context "{name}" {"created" if known is None else "modified"}.')
        return None


COMMAND = Command(
    "config set-context", "Set a context entry in kubeconfig",
    "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]", FLAGS, SetContextOptions,
    long="Set a context entry in kubeconfig. Of a context that exists, what you do not name stays as it is.",
    examples="  # Work in another namespace from now on\n  kctl config set-context --current --namespace=web",
)  # fmt: skip
