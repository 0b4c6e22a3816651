"""kctl create secret: the family of generators; and what they share."""

from minikube_py.cli import datasources, generating
from minikube_py.cli.command import Family
from minikube_py.cli.flags import Flag
from minikube_py.machinery.meta import Object

APPEND_HASH = Flag("append-hash", "bool", usage="Append a hash of the secret to its name.")


class SecretGenerator(generating.Generator):
    """The options of a command that makes a secret. Each command adds `data`."""

    failure = "failed to create secret "

    @property
    def kind(self) -> str:
        """Return the secret's type."""
        return ""

    def data(self) -> dict[str, str]:
        """Return the values, base64 encoded."""
        raise TypeError(f"{type(self).__name__} holds nothing")

    def build(self) -> Object:
        """Return the secret."""
        data = self.data()
        obj = {**self.object("Secret"), "data": data, "type": self.kind}
        if self.values["append-hash"]:
            obj["metadata"]["name"] = f"{self.name}-{datasources.secret_hash(self.name, self.kind, data)}"
        return obj


_LONG = "Create a secret using a specified subcommand."
COMMAND = Family(
    "create secret",
    "Create a secret using a specified subcommand",
    "(docker-registry | generic | tls) [options]",
    {
        "docker-registry": ("create_secret_docker_registry", "Create a secret for use with a Docker registry"),
        "generic": ("create_secret_generic", "Create a secret from a local file, directory, or literal value"),
        "tls": ("create_secret_tls", "Create a TLS secret"),
    },
    long=_LONG,
    examples="""  # Create a secret of two values
  kctl create secret generic login --from-literal=user=ann --from-literal=password=secret""",
)
