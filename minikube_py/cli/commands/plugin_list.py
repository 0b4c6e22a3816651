"""kctl plugin list."""

import os

from minikube_py.cli import commands, pathplugins
from minikube_py.cli.command import Command, Family
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery.errors import KctlError

FLAGS = (Flag("name-only", "bool", usage="Print the names of the programs only, without their folders"),)


class PluginListOptions:
    """What `kctl plugin list` was asked for."""

    factory: Factory
    name_only: bool

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.name_only = factory, values["name-only"]
        self._seen: dict[str, str] = {}

    def validate(self) -> None:
        """Refuse nothing."""

    def run(self) -> int | None:
        """Print them, with warnings of what will not work as it looks."""
        streams, errors, warned = self.factory.streams, [], 0
        found = self._paths()
        if found:
            print("The following compatible plugins are available:\n", file=streams.out)
        else:
            errors.append("error: unable to find any kctl plugins in your PATH")
        for path in found:
            print(os.path.basename(path) if self.name_only else path, file=streams.out)
            for warning in self._warnings(path):
                streams.out.flush()
                print(f"  - {warning}", file=streams.err)
                warned += 1
        if warned:
            errors.append("error: one plugin warning was found" if warned == 1 else f"error: {warned} plugin warnings were found")
        if errors:
            raise KctlError("\n".join(errors) + "\n")
        return None

    def _paths(self) -> list[str]:
        found: list[str] = []
        for folder in pathplugins.folders(self.factory.environment):
            try:
                found += [os.path.normpath(os.path.join(folder, name)) for name in pathplugins.names(folder)]
            except OSError as error:
                said = f'Unable to read directory "{folder}" from your PATH: open {folder}: {(error.strerror or "").lower()}. Skipping...'
                print(said, file=self.factory.streams.err)
        return found

    def _warnings(self, path: str) -> list[str]:
        name, found = os.path.basename(path), []
        try:
            if not pathplugins.is_executable(path):
                found.append(f"warning: {path} identified as a kctl plugin, but it is not executable")
        except OSError as error:
            found.append(f"error: unable to identify {path} as an executable file: stat {path}: {(error.strerror or '').lower()}")
        if name in self._seen:
            found.append(f"warning: {path} is overshadowed by a similarly named plugin: {self._seen[name]}")
        self._seen.setdefault(name, path)
        command = _command(name.split("-")[1:])
        if command:
            found.append(f'warning: {name} overwrites existing command: "kctl {command}"')
        return found


def _command(words: list[str]) -> str:
    """Return the path of the command of kctl's that words begin with."""
    if words[0] in ("help", "options"):
        return words[0]
    module = commands.find(words[0])
    if module is None:
        return ""
    loaded = commands.load(module)
    found: Command | Family | None = getattr(loaded, "COMMAND", None)
    for word in words[1:]:
        entry = found.subcommands.get(found.synonyms.get(word, word)) if isinstance(found, Family) else None
        if entry is None:
            break
        found = commands.load(entry[0]).COMMAND
    return found.path if found is not None else words[0]


COMMAND = Command(
    "plugin list", "List all visible plugin executables on a user's PATH", "[flags]", FLAGS, PluginListOptions,
    long="""List the plugins on PATH: files that are called kctl-NAME or kubectl-NAME.

 It warns of files that cannot be run, of those that an earlier one of the same name hides, and of those whose command kctl has itself.""",
    examples="""  # See which plugins there are
  kctl plugin list

  # Their names alone
  kctl plugin list --name-only
""",
)  # fmt: skip
