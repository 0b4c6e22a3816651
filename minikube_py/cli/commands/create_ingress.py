"""kctl create ingress."""

import re

from minikube_py.cli import generating
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

_RULE = re.compile(r"[\w*.-]*/.*=[\w-]+:[\w-]+", re.ASCII)  # what may follow is not looked at, as in kubectl


class IngressOptions(generating.Generator):
    """What `kctl create ingress` was asked for."""

    path = "create ingress"
    failure = "failed to create ingress: "

    def validate(self) -> None:
        """Refuse what makes no sense."""
        backend, rules = self.values["default-backend"], self.values["rule"]
        if not backend and not rules:
            raise KctlError("not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) "
                            "or a list of rules (which catch specific paths)")  # fmt: skip
        for rule in rules:
            if not _RULE.match(rule):
                raise KctlError(f"rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]")
        for annotation in self.values["annotation"]:
            if "=" not in annotation:
                raise KctlError(f"annotation {annotation} is invalid and should be in format key=[value]")
        if backend and backend.count(":") != 1:
            raise KctlError("default-backend should be in format servicename:serviceport")

    def build(self) -> Object:
        """Return the ingress."""
        values = self.values
        spec: Object = {"ingressClassName": values["class"] or None, "tls": _tls(values["rule"]), "rules": _rules(values["rule"])}
        if values["default-backend"]:
            spec["defaultBackend"] = _backend(values["default-backend"])
        annotations = dict(annotation.split("=", 1) for annotation in values["annotation"])
        return {**self.object("Ingress", "networking.k8s.io/v1", annotations=annotations), "spec": spec}


def _tls(rules: list[str]) -> list[Object]:
    """Return the hosts of rules with `,tls`, gathered by secret; a host counts once."""
    seen: set[str] = set()
    by_secret: dict[str, Object] = {}
    for rule in rules:
        parts = rule.split(",")
        host = rule.partition("/")[0]
        if len(parts) != 2 or host in seen:
            continue
        seen.add(host)
        secret = (parts[1].split("=") + [""])[1]
        if secret in by_secret:
            by_secret[secret].setdefault("hosts", []).append(host)
        elif host or secret:
            by_secret[secret] = {"hosts": [host] if host else [], "secretName": secret}
    return list(by_secret.values())


def _rules(rules: list[str]) -> list[Object]:
    by_host: dict[str, Object] = {}
    for rule in rules:
        host, _, rest = rule.partition(",")[0].partition("/")
        found = by_host.setdefault(host, {"host": host, "http": {"paths": []}})
        found["http"]["paths"].append(_path(rest, rule))
    return list(by_host.values())


def _path(text: str, rule: str) -> Object:
    path, service = (text.split("=") + [""])[:2]
    if ":" not in service:  # kubectl itself falls over here
        raise KctlError(f"rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]")
    is_prefix = path.endswith("*")
    return {"path": "/" + path.removesuffix("*"), "pathType": "Prefix" if is_prefix else "Exact", "backend": _backend(service)}


def _backend(text: str) -> Object:
    name, port = text.split(":")[:2]
    number = generating.int_or_text(port)
    return {"service": {"name": name, "port": {"name": number} if isinstance(number, str) else {"number": number}}}


COMMAND = Command(
    "create ingress",
    "Create an ingress with the specified name",
    "NAME --rule=host/path=service:port[,tls[=secret]]  [options]",
    (
        Flag("annotation", "strings", usage="Annotation of the ingress, as KEY=VALUE; may be repeated."),
        Flag("class", usage="Ingress class."),
        Flag("default-backend", usage="Service that gets what no rule matches, as SERVICE:PORT."),
        Flag("rule", "strings", usage="HOST/PATH=SERVICE:PORT[,tls[=SECRET]]; a path that ends in '*' stands for all below it. May be repeated."),
        *generating.FLAGS,
    ),
    IngressOptions,
    examples="""  # Send all requests for one host to one service, with a certificate from a secret
  kctl create ingress shop --rule="shop.example/*=shop:80,tls=shop-cert"

  # Two paths of one host, and a service for everything else
  kctl create ingress site --class=nginx --rule="site.example/=web:http" --rule="site.example/api*=api:8080" --default-backend=web:http""",
    aliases=("ing",),
)
