"""kctl version."""

from typing import Any

from minikube_py import KUBERNETES_VERSION, __version__
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery.errors import KctlError

KUSTOMIZE_VERSION = "v5.6.0"  # whose kustomizations kctl builds, as kubectl of that version
FLAGS = (
    Flag("client", "bool", usage="If true, shows client version only (no server required)."),
    Flag("output", short="o", usage="One of 'yaml' or 'json'."),
)


class VersionOptions:
    """What `kctl version` was asked for."""

    factory: Factory

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.output, self.client_only = factory, values["output"], values["client"]
        self.arguments = [] if self.client_only else arguments  # as kubectl, which does not look at them then
        if not self.client_only:
            factory.configured()

    def validate(self) -> None:
        """Refuse arguments and other formats."""
        if self.arguments:
            raise KctlError(f"extra arguments: [{' '.join(self.arguments)}]")
        if self.output not in ("", "yaml", "json"):
            raise KctlError("--output must be 'yaml' or 'json'")

    def run(self) -> int | None:
        """Print the versions. In a cluster of this machine client and server are one program, in the version of Kubernetes that it follows."""
        server = None if self.client_only else self.factory.server
        known: dict[str, str] | None = None
        failed: KctlError | None = None
        try:
            known = server.version() if server is not None else None
        except KctlError as error:
            failed = error
        if not self.output:
            self._write_lines(known, answered=failed is None)
        else:
            self._write_document(known, answered=failed is None)
        if failed is not None:
            raise failed
        if known is not None:
            self._compare(known["gitVersion"])
        return None

    def _write_lines(self, known: dict[str, str] | None, *, answered: bool) -> None:
        out = self.factory.streams.out
        out.write(f"Client Version: {KUBERNETES_VERSION}\nKustomize Version: {KUSTOMIZE_VERSION}\n")
        if answered and not self.client_only:
            out.write(f"Server Version: {known['gitVersion'] if known is not None else KUBERNETES_VERSION}\n")

    def _write_document(self, known: dict[str, str] | None, *, answered: bool) -> None:
        out = self.factory.streams.out
        versions: dict[str, Any] = {"clientVersion": _info(), "kctlVersion": f"v{__version__}", "kustomizeVersion": KUSTOMIZE_VERSION}
        if answered and not self.client_only:
            versions["serverVersion"] = known or _info()
        if self.output == "json":
            import json

            out.write(json.dumps(versions, indent=2) + "\n")
        else:
            from minikube_py.kits import yaml

            out.write(yaml.dump(versions) + "\n")

    def _compare(self, server: str) -> None:
        """Warn where client and server are more than one minor version apart, as kubectl does."""
        client, other = _minor(KUBERNETES_VERSION), _minor(server)
        if client is not None and other is not None and abs(client - other) > 1:
            print(f"WARNING: version difference between client (1.{client}) and server (1.{other}) exceeds the supported minor version skew of +/-1",
                  file=self.factory.streams.err)  # fmt: skip


def _minor(version: str) -> int | None:
    """Return the minor version of v1.33.5; None for what is no such version."""
    parts = version.removeprefix("v").split(".")
    return int(parts[1]) if len(parts) > 2 and parts[0] == "1" and parts[1].isdecimal() and len(parts[1]) < 4 else None


def _info() -> dict[str, str]:
    """Return apimachinery's version.Info; what speaks of Go's tools stays empty."""
    import platform

    from minikube_py.cluster import nodes

    major, minor, _ = KUBERNETES_VERSION[1:].split(".", 2)
    return {"major": major, "minor": minor, "gitVersion": KUBERNETES_VERSION, "gitCommit": "", "gitTreeState": "", "buildDate": "", "goVersion": "",
            "compiler": platform.python_implementation(), "platform": f"{platform.system().lower()}/{nodes.architecture()}"}  # fmt: skip


COMMAND = Command(
    "version", "Print the client and server version information", "[flags]", FLAGS, VersionOptions,
    long="Print the client and server version information for the current context: the version of Kubernetes that kctl follows.",
    examples="  # Print the versions\n  kctl version\n\n  # Print kctl's own version too\n  kctl version --client -o yaml",
)  # fmt: skip
