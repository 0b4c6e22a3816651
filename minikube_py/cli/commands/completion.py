"""kctl completion: code for shells, that asks `kctl __complete` what can stand at the end of a line."""

from minikube_py.cli import shellscripts
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import UsageError, Values


class CompletionOptions:
    """What `kctl completion` was asked for."""

    factory: Factory
    arguments: list[str]

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.arguments = factory, arguments

    def validate(self) -> None:
        """Refuse all but the name of one shell."""
        problem = ""
        if not self.arguments:
            problem = "Shell not specified."
        elif len(self.arguments) > 1:
            problem = "Too many arguments. Expected only the shell type."
        elif self.arguments[0] not in shellscripts.SCRIPTS:
            problem = f'Unsupported shell type "{self.arguments[0]}".'
        if problem:
            raise UsageError(problem, "See 'kctl completion -h' for help and examples")

    def run(self) -> int | None:
        """Print the code."""
        self.factory.streams.out.write(shellscripts.SCRIPTS[self.arguments[0]])
        return None


COMMAND = Command(
    "completion", "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)", "SHELL", (), CompletionOptions,
    long="""Print code that teaches a shell (bash, zsh, fish or powershell) to complete kctl's command lines: commands, flags, types, and the names of
what is in the cluster.

 The shell has to read it each time it starts.""",
    examples="""  # bash, in this shell; in each new one when it stands in ~/.bashrc
  source <(kctl completion bash)

  # zsh 5.2 or newer
  source <(kctl completion zsh)

  # fish
  kctl completion fish | source

  # PowerShell
  kctl completion powershell | Out-String | Invoke-Expression

  # bash, also for a short name
  alias k=kctl
  complete -o default -F __start_kctl k
""",
)  # fmt: skip
