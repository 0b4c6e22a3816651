"""kctl create configmap."""

from minikube_py.cli import datasources, generating
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object


class ConfigMapOptions(generating.Generator):
    """What `kctl create configmap` was asked for."""

    path = "create configmap"
    failure = "failed to create configmap: "

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        self.require_name()
        if values["from-env-file"] and (values["from-file"] or values["from-literal"]):
            raise KctlError("from-env-file cannot be combined with from-file or from-literal")

    def build(self) -> Object:
        """Return the config map."""
        values = self.values
        content = datasources.Content(self.name, self.factory.environment)
        content.add_files(values["from-file"])
        content.add_literals(values["from-literal"])
        content.add_env_files(values["from-env-file"])
        obj = {**self.object("ConfigMap"), "data": content.data, "binaryData": content.binary}
        if values["append-hash"]:
            obj["metadata"]["name"] = f"{self.name}-{datasources.config_map_hash(self.name, content)}"
        return obj


COMMAND = Command(
    "create configmap",
    "Create a config map from a local file, directory or literal value",
    "NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none] [options]",
    (
        Flag("append-hash", "bool", usage="Append a hash of the configmap to its name."),
        Flag("from-env-file", "list", usage="Specify the path to a file to read lines of key=val pairs to create a configmap."),
        Flag("from-file", "list", usage="Key file, by its path or as key=path; or a directory whose files are taken."),
        Flag("from-literal", "strings", usage="Specify a key and literal value to insert in configmap (i.e. mykey=somevalue)"),
        *generating.FLAGS,
    ),
    ConfigMapOptions,
    examples="""  # A key of each file in a folder
  kctl create configmap settings --from-file=config/

  # A file under another key, and a value from the command line
  kctl create configmap settings --from-file=nginx.conf=site.conf --from-literal=colour=green

  # A key of each line of a file
  kctl create configmap settings --from-env-file=settings.env""",
    aliases=("cm",),
)
