"""kctl create secret docker-registry."""

from minikube_py.cli import datasources, generating, typedjson
from minikube_py.cli.command import Command
from minikube_py.cli.commands import create_secret
from minikube_py.cli.flags import Flag
from minikube_py.machinery.errors import KctlError

_KEY = ".dockerconfigjson"


class DockerRegistryOptions(create_secret.SecretGenerator):
    """What `kctl create secret docker-registry` was asked for."""

    path = "create secret docker-registry"

    @property
    def kind(self) -> str:
        """Return the secret's type."""
        return "kubernetes.io/dockerconfigjson"

    def validate(self) -> None:
        """Refuse what makes no sense."""
        self.require_name()
        values = self.values
        if not values["from-file"] and not (values["docker-username"] and values["docker-password"] and values["docker-server"]):
            raise KctlError("either --from-file or the combination of --docker-username, --docker-password and --docker-server is required")

    def data(self) -> dict[str, str]:
        """Return the values, base64 encoded."""
        sources = self.values["from-file"]
        if not sources:
            return {_KEY: datasources.encoded(self._config().encode("utf-8", "surrogateescape"))}
        content = datasources.SecretContent(self.name, self.factory.environment)
        content.add_files([source if "=" in source else f"{_KEY}={source}" for source in sources])
        return content.encoded

    def _config(self) -> str:
        """Return what stands in ~/.docker/config.json."""
        values = self.values
        user, password = values["docker-username"], values["docker-password"]
        auth = datasources.encoded(f"{user}:{password}".encode("utf-8", "surrogateescape"))
        entry = {"username": user, "password": password, "email": values["docker-email"], "auth": auth}
        return typedjson.compact({"auths": {values["docker-server"]: {field: text for field, text in entry.items() if text}}})


COMMAND = Command(
    "create secret docker-registry",
    "Create a secret for use with a Docker registry",
    "NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] "
    "[--dry-run=server|client|none] [options]",
    (
        create_secret.APPEND_HASH,
        Flag("docker-email", usage="E-mail address of the user."),
        Flag("docker-password", usage="Password of the user."),
        Flag("docker-server", default="https://index.docker.io/v1/", usage="Address of the registry."),
        Flag("docker-username", usage="Name of the user."),
        Flag("from-file", "list", usage=f"File with the configuration of docker, by its path or as {_KEY}=PATH."),
        *generating.FLAGS,
    ),
    DockerRegistryOptions,
    examples="""  # Let pods pull images of a private registry
  kctl create secret docker-registry pull --docker-server=registry.example --docker-username=ann --docker-password=secret

  # The same with what docker knows already
  kctl create secret docker-registry pull --from-file=path/to/.docker/config.json""",
)
