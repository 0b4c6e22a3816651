"""kctl create secret generic."""

from minikube_py.cli import datasources, generating
from minikube_py.cli.command import Command
from minikube_py.cli.commands import create_secret
from minikube_py.cli.flags import Flag
from minikube_py.machinery.errors import KctlError


class GenericSecretOptions(create_secret.SecretGenerator):
    """What `kctl create secret generic` was asked for."""

    path = "create secret generic"

    @property
    def kind(self) -> str:
        """Return the secret's type."""
        return str(self.values["type"])

    def validate(self) -> None:
        """Refuse what makes no sense."""
        self.require_name()
        values = self.values
        if values["from-env-file"] and (values["from-file"] or values["from-literal"]):
            raise KctlError("from-env-file cannot be combined with from-file or from-literal")

    def data(self) -> dict[str, str]:
        """Return the values, base64 encoded."""
        content = datasources.SecretContent(self.name, self.factory.environment)
        content.add_literals(self.values["from-literal"])
        content.add_files(self.values["from-file"])
        content.add_env_files(self.values["from-env-file"])
        return content.encoded


COMMAND = Command(
    "create secret generic",
    "Create a secret from a local file, directory, or literal value",
    "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none] [options]",
    (
        create_secret.APPEND_HASH,
        Flag("from-env-file", "list", usage="File of lines KEY=VALUE."),
        Flag("from-file", "list", usage="File, by its path or as KEY=PATH; or a directory whose files are taken."),
        Flag("from-literal", "strings", usage="A key and its value: KEY=VALUE; may be repeated."),
        Flag("type", usage="The type of the secret."),
        *generating.FLAGS,
    ),
    GenericSecretOptions,
    examples="""  # Create a secret of two values
  kctl create secret generic login --from-literal=user=ann --from-literal=password=secret

  # Create a secret of the files of a directory
  kctl create secret generic keys --from-file=path/to/keys

  # Create a secret of an env file
  kctl create secret generic settings --from-env-file=path/to/settings.env""",
)
