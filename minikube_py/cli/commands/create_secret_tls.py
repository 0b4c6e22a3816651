"""kctl create secret tls."""

from minikube_py.cli import datasources, files, generating
from minikube_py.cli.command import Command
from minikube_py.cli.commands import create_secret
from minikube_py.cli.flags import Flag
from minikube_py.machinery.errors import KctlError


class TLSOptions(create_secret.SecretGenerator):
    """What `kctl create secret tls` was asked for."""

    path = "create secret tls"

    @property
    def kind(self) -> str:
        """Return the secret's type."""
        return "kubernetes.io/tls"

    def validate(self) -> None:
        """Refuse what makes no sense."""
        if not self.values["key"] or not self.values["cert"]:
            raise KctlError("key and cert must be specified")

    def data(self) -> dict[str, str]:
        """Return certificate and key, which must belong together, base64 encoded."""
        from minikube_py.cli import keypairs

        certificate, key = _read(self.values["cert"]), _read(self.values["key"])
        keypairs.check(certificate, key)
        return {"tls.crt": datasources.encoded(certificate), "tls.key": datasources.encoded(key)}


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        operation = "read" if isinstance(error, IsADirectoryError) else "open"
        raise KctlError(f"Cannot read file {path}, {operation} {path}: {files.reason(error)}") from error


COMMAND = Command(
    "create secret tls",
    "Create a TLS secret",
    "NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none] [options]",
    (
        create_secret.APPEND_HASH,
        Flag("cert", usage="File with the certificate, PEM encoded."),
        Flag("key", usage="File with its private key, PEM encoded."),
        *generating.FLAGS,
    ),
    TLSOptions,
    examples="""  # Create a secret for an ingress
  kctl create secret tls shop-cert --cert=path/to/tls.crt --key=path/to/tls.key""",
)
