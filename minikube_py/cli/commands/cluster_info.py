"""kctl cluster-info."""

from minikube_py.cli.command import Command, Family
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Values
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object


class ClusterInfoOptions:
    """Says where the control plane and the cluster's own services are."""

    factory: Factory

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory = factory
        factory.configured()

    def validate(self) -> None:
        """Refuse nothing: kubectl looks at no arguments here."""

    def run(self) -> int | None:
        """Print the addresses: those of clusters of this machine lead into this process, as nothing listens anywhere."""
        factory, host = self.factory, self.factory.host
        client = factory.client("kubectl")
        namespace = factory.values["namespace"] or "kube-system"
        try:
            services = client.items("services", namespace, label_selector="kubernetes.io/cluster-service=true")
            self._say("Kubernetes control plane", host)
            for service in services:
                self._say(meta.labels(service).get("kubernetes.io/name") or meta.name(service), _address(service, host))
        finally:
            factory.streams.out.write("\nTo further debug and diagnose cluster problems, use 'kctl cluster-info dump'.\n")
        return None

    def _say(self, name: str, link: str) -> None:
        self.factory.streams.out.write(f"{name} is running at {link}\n")


def _address(service: Object, host: str) -> str:
    ports = service["spec"].get("ports") or []
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    if ingress:
        target = ingress[0].get("ip") or ingress[0].get("hostname", "")
        return "".join(f"http://{target}:{port['port']} " for port in ports)
    name = meta.name(service)
    if ports:
        name = _with_port(name, ports[0])
    return f"{host}/api/v1/namespaces/{meta.namespace(service)}/services/{name}/proxy"


def _with_port(name: str, port: Object) -> str:
    """Return scheme:name:port, as apimachinery's JoinSchemeNamePort spells it."""
    if port.get("name") == "https" or port["port"] == 443:
        return f"https:{name}:{port.get('name', '')}"
    return f"{name}:{port['name']}" if port.get("name") else name


COMMAND = Family(
    "cluster-info",
    "Display cluster information",
    "[flags]",
    {"dump": ("cluster_info_dump", "Dump relevant information for debugging and diagnosis")},
    leaf=Command("cluster-info", "Display cluster information", "[flags]", (), ClusterInfoOptions),
    long="Display addresses of the control plane and services with label kubernetes.io/cluster-service=true. "
    "To further debug and diagnose cluster problems, use 'kctl cluster-info dump'.",
    examples="  # Print the addresses of the control plane and cluster services\n  kctl cluster-info",
)
