"""What the leaves of `kctl config` share: the kubeconfig that they work on is kctl's own, or the one that --kubeconfig names."""

import os
from typing import TYPE_CHECKING, Any

from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Values
from minikube_py.cluster import kubeconfig
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cli.command import Command

Content = dict[str, Any]
_PATHS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")


class ConfigOptions:
    """One leaf of `kctl config`."""

    factory: Factory
    values: Values
    arguments: list[str]

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values, self.arguments = factory, values, arguments

    def validate(self) -> None:
        """Refuse nothing."""

    @property
    def file(self) -> str:
        """Return the path of the kubeconfig."""
        return str(self.values["kubeconfig"] or self.factory.home.kubeconfig)

    def load(self) -> Content:
        """Return the kubeconfig."""
        return kubeconfig.load(self.factory.home, self.values["kubeconfig"])

    def save(self, content: Content) -> None:
        """Replace the kubeconfig."""
        kubeconfig.save(self.factory.home, content, self.values["kubeconfig"])

    def say(self, text: str) -> None:
        """Print a line."""
        print(text, file=self.factory.streams.out)

    def unexpected(self, command: "Command", word: str = "Unexpected") -> KctlError:
        """Return the error for the wrong number of arguments, after the command's help, as kubectl shows both."""
        self.show_help(command)
        return KctlError(f"{word} args: [{' '.join(self.arguments)}]")

    def show_help(self, command: "Command") -> None:
        """Print the command's help."""
        from minikube_py.cli import help as texts

        self.factory.streams.out.write(texts.leaf(command))


class ChangeOptions(ConfigOptions):
    """One leaf of `kctl config` that changes the kubeconfig: none of those that run at once undoes what another one does."""

    def run(self) -> int | None:
        """Do it."""
        with kubeconfig.changing(self.factory.home, self.values["kubeconfig"]):
            return self.change()

    def change(self) -> int | None:
        """Load the kubeconfig, and save what becomes of it."""
        raise TypeError(f"{type(self).__name__} lacks change")


def names(content: Content, field: str) -> list[str]:
    """Return the names of clusters, users or contexts, in order."""
    return sorted({item["name"] for item in content[field]})


def find(content: Content, field: str, name: str) -> Content | None:
    """Return the entry of a name."""
    return kubeconfig.entry(content, field, name)


def put(content: Content, field: str, name: str, value: Content) -> Content:
    """Return a kubeconfig with an entry set."""
    kept = [item for item in content[field] if item["name"] != name]
    added = {"name": name, field[:-1]: value}
    return {**content, field: sorted([*kept, added], key=lambda item: str(item["name"]))}


def check_there(flag: str, path: str) -> None:
    """Refuse a file that is not there."""
    try:
        os.stat(path)
    except OSError as error:
        raise KctlError(f"could not stat {flag} file {path}: stat {path}: {(error.strerror or '').lower()}") from error


def embedded(path: str) -> str:
    """Return what a file holds, in base64; nothing where it cannot be read, as kubectl."""
    import base64

    try:
        with open(path, "rb") as file:
            return base64.b64encode(file.read()).decode()
    except OSError:
        return ""


def relative(part: Content, file: str) -> Content:
    """Return an entry whose paths are relative to the kubeconfig's folder, where they lead below it."""
    folder, changed = os.path.dirname(os.path.abspath(file)), dict(part)
    for field in _PATHS:
        path = changed.get(field)
        if path:
            full = os.path.join(folder, path)
            inside = os.path.relpath(full, folder)
            changed[field] = full if inside.startswith("..") else inside
    return {field: value for field, value in changed.items() if value not in ("", False, None) or field == "server"}


def drop(content: Content, field: str, name: str) -> Content:
    """Return a kubeconfig without an entry."""
    return {**content, field: [item for item in content[field] if item["name"] != name]}
