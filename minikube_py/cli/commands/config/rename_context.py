"""kctl config rename-context."""

from minikube_py.cli import kubeconfigs
from minikube_py.cli.command import Command
from minikube_py.cli.kubeconfigs import ChangeOptions
from minikube_py.machinery.errors import KctlError


class RenameContextOptions(ChangeOptions):
    """Gives a context another name."""

    def validate(self) -> None:
        """Refuse anything but two names."""
        if len(self.arguments) != 2:
            raise self.unexpected(COMMAND)
        if not self.arguments[1]:
            raise KctlError("You must specify a new non-empty context name")

    def change(self) -> int | None:
        """Do it."""
        old, new = self.arguments
        content = self.load()
        context = kubeconfigs.find(content, "contexts", old)
        if context is None:
            raise KctlError(f'cannot rename the context "{old}", it\'s not in {self.file}')
        if kubeconfigs.find(content, "contexts", new) is not None:
            raise KctlError(f'cannot rename the context "{old}", the context "{new}" already exists in {self.file}')
        changed = kubeconfigs.put(kubeconfigs.drop(content, "contexts", old), "contexts", new, context)
        if content["current-context"] == old:
            changed["current-context"] = new
        self.save(changed)
        self.say(f'Context "{old}" renamed to "{new}".')
        return None


COMMAND = Command(
    "config rename-context", "Rename a context from the kubeconfig file", "CONTEXT_NAME NEW_NAME", (), RenameContextOptions,
    long="Renames a context from the kubeconfig file. Where it is the current context, that is changed too.",
    examples="  # Rename the context old to new\n  kctl config rename-context old new",
)  # fmt: skip
