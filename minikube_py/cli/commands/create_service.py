"""kctl create service: the family of generators; and what they share."""

from minikube_py.cli import generating
from minikube_py.cli.command import Family
from minikube_py.cli.flags import Flag
from minikube_py.machinery import names
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

TCP = Flag("tcp", "list", usage="Port of the service and port of the pods: PORT[:TARGET]; may be repeated.")
FLAGS = (TCP, *generating.FLAGS)


class ServiceGenerator(generating.Generator):
    """The options of a command that makes a service. Each command adds `kind`, and fields of its own."""

    kind = ""
    remembers = False  # as kubectl: it takes --save-config and does nothing

    @property
    def failure(self) -> str:  # type: ignore[override]
        """Return what stands before the server's words."""
        return f"failed to create {self.kind} service: "

    def validate(self) -> None:
        """Refuse what makes no sense."""
        if not self.values["tcp"]:
            raise KctlError("at least one tcp port specifier must be provided")

    def spec(self) -> Object:
        """Return the fields of this type of service."""
        return {}

    def build(self) -> Object:
        """Return the service."""
        labels = {"app": self.name}
        ports = [_port(text) for text in self.values["tcp"]]
        service = self.object("Service", labels=labels)
        own = self.spec()
        node_port = own.pop("nodePort", 0)
        return {**service, "spec": {"type": self.kind, "selector": labels, "ports": [{**port, "nodePort": node_port} for port in ports], **own}}


def _port(text: str) -> Object:
    first, *rest = text.split(":")
    port = _unsigned(first)
    target = _target(rest[0]) if rest else port
    return {"name": text.replace(":", "-"), "port": port, "targetPort": target, "protocol": "TCP"}


def _unsigned(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise KctlError(f'strconv.ParseUint: parsing "{text}": invalid syntax')
    if int(text) > 65535:
        raise KctlError(f'strconv.ParseUint: parsing "{text}": value out of range')
    return int(text)


def _target(text: str) -> int | str:
    number = generating.int_or_text(text)
    problems = names.port_name(number) if isinstance(number, str) else names.port_number(number)
    if problems:
        raise KctlError(",".join(problems))
    return number


COMMAND = Family(
    "create service",
    "Create a service using a specified subcommand",
    "(clusterip | externalname | loadbalancer | nodeport) [options]",
    {
        "clusterip": ("create_service_clusterip", "Create a ClusterIP service"),
        "externalname": ("create_service_externalname", "Create an ExternalName service"),
        "loadbalancer": ("create_service_loadbalancer", "Create a LoadBalancer service"),
        "nodeport": ("create_service_nodeport", "Create a NodePort service"),
    },
    long="Create a service using a specified subcommand.",
    examples="""  # Create a service within the cluster
  kctl create service clusterip web --tcp=80:8080""",
    aliases=("svc",),
)
