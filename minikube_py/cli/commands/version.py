"""kctl version."""

from typing import Any

from minikube_py import KUBERNETES_VERSION, __version__
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery.errors import KctlError

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

    def validate(self) -> None:
        """Refuse arguments and other formats."""
        if self.arguments:
            raise KctlError(f"extra arguments: [{' '.join(self.arguments)}]")
        if self.output not in ("", "yaml", "json"):
            raise KctlError("--output must be 'yaml' or 'json'")

    def run(self) -> int | None:
        """Print the versions: client and server are one program, in the version of Kubernetes that it follows."""
        out = self.factory.streams.out
        if not self.client_only:
            _ = self.factory.context  # a server that cannot be reached has no version
        if not self.output:
            out.write(f"Client Version: {KUBERNETES_VERSION}\n")
            if not self.client_only:
                out.write(f"Server Version: {KUBERNETES_VERSION}\n")
            return None
        versions: dict[str, Any] = {"clientVersion": _info(), "kctlVersion": f"v{__version__}"}
        if not self.client_only:
            versions["serverVersion"] = _info()
        if self.output == "json":
            import json

            out.write(json.dumps(versions, indent=2) + "\n")
        else:
            from minikube_py.kits import yaml

            out.write(yaml.dump(versions) + "\n")
        return None


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
