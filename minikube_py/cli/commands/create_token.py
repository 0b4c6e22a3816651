"""kctl create token."""

from minikube_py.cli import dryrun, typedobjects
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

_KINDS = ("Node", "Pod", "Secret")


class TokenOptions:
    """What `kctl create token` was asked for."""

    factory: Factory
    values: Values
    name: str

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values = factory, values
        named = len(arguments) if values.dash < 0 else values.dash
        if named != 1:
            raise dryrun.usage_error("create token", f"exactly one NAME is required, got {named}")
        self.name = arguments[0]
        factory.configured()
        self.outcome = Outcome(factory, values)
        self.outcome.printer("created")
        self.duration: float = values["duration"]

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        if not self.name:
            raise KctlError("service account name is required")
        if self.duration < 0:
            raise KctlError("--duration must be greater than or equal to 0")
        if self.duration % 1:
            raise KctlError("--duration cannot be expressed in units less than seconds")
        if "" in values["audience"]:
            raise KctlError("--audience must not be an empty string")
        kind = values["bound-object-kind"]
        for flag in ("bound-object-name", "bound-object-uid"):
            if values[flag] and not kind:
                raise KctlError(f"--{flag} can only be set if --bound-object-kind is provided")
        if kind and kind not in _KINDS:
            raise KctlError(f"supported --bound-object-kind values are {', '.join(_KINDS)}")
        if kind and not values["bound-object-name"]:
            raise KctlError("--bound-object-name is required if --bound-object-kind is provided")

    def run(self) -> int | None:
        """Request the token, and print nothing else."""
        try:
            client = self.factory.client("kubectl")
            made = client.create_subresource("serviceaccounts", self.name, self.factory.namespace, "token", self._request())
        except KctlError as error:
            raise KctlError(f"failed to create token: {error}") from None
        token = made.get("status", {}).get("token")
        if not token:
            raise KctlError("failed to create token: no token in server response")
        if self.outcome.format or self.values["template"]:
            typedobjects.tell(self.outcome, made, "created", show_managed_fields=self.values["show-managed-fields"])
        else:
            out = self.factory.streams.out
            out.write(f"{token}\n" if out.isatty() else token)
        return None

    def _request(self) -> Object:
        values = self.values
        spec: Object = {"audiences": list(values["audience"]) or None}
        if self.duration:
            spec["expirationSeconds"] = int(self.duration)
        if values["bound-object-kind"]:
            spec["boundObjectRef"] = {"kind": values["bound-object-kind"], "apiVersion": "v1", "name": values["bound-object-name"]}
            if values["bound-object-uid"]:
                spec["boundObjectRef"]["uid"] = values["bound-object-uid"]
        return {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": {}, "spec": spec}


COMMAND = Command(
    "create token",
    "Request a service account token",
    "SERVICE_ACCOUNT_NAME [options]",
    (
        Flag("audience", "strings", usage="Audience of the requested token, if not the apiserver; may be repeated for a token valid for several audiences."),
        Flag("bound-object-kind", usage=f"Kind of an object to bind the token to: {', '.join(_KINDS)}. Requires --bound-object-name."),
        Flag("bound-object-name", usage="Name of an object to bind the token to. The token will expire when the object is deleted."),
        Flag("bound-object-uid", usage="UID of an object to bind the token to, if not that of the object which is there."),
        Flag("duration", "duration", usage="Requested lifetime of the issued token; if 0, it is determined by the server."),
        *OUTPUT_FLAGS,
    ),
    TokenOptions,
    long="Make a token that proves, for a while, that its bearer is a service account; it is printed and kept nowhere.",
    examples="""  # A token of the service account "builder"
  kctl create token builder

  # Of one in another namespace, for ten minutes
  kctl create token builder -n ci --duration 10m

  # For somebody else than the apiserver
  kctl create token builder --audience vault.example.com

  # One that ends with a pod
  kctl create token builder --bound-object-kind Pod --bound-object-name build-1""",
)
