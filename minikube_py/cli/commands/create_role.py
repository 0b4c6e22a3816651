"""kctl create role; and the rules that it shares with create clusterrole."""

from collections.abc import Sequence
from typing import NamedTuple

from minikube_py.cli import failures, generating
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Scheme

RBAC = "rbac.authorization.k8s.io"
_VERBS = ("*", "get", "delete", "list", "create", "update", "patch", "watch", "proxy", "deletecollection", "use", "bind", "escalate", "impersonate")
_ROLES = ((RBAC, "roles"), (RBAC, "clusterroles"))
# Verbs that mean something for these resources alone, which need not be served.
_SPECIAL = {
    "use": (("policy", "podsecuritypolicies"), ("extensions", "podsecuritypolicies")),
    "bind": _ROLES,
    "escalate": _ROLES,
    "impersonate": (("", "users"), ("", "serviceaccounts"), ("", "groups"), ("authentication.k8s.io", "userextras")),
}
RULE_FLAGS = (
    Flag("verb", "list", usage="Verb that the rule allows; may be repeated."),
    Flag("resource", "list", usage="Resource that the rule is about: pods, deployments.apps, pods/log; may be repeated."),
    Flag("resource-name", "strings", usage="Name of an object that the rule is about, where it is not about all; may be repeated."),
)


class Ruled(NamedTuple):
    """A resource of a rule as the command line has it."""

    resource: str
    group: str
    subresource: str

    @classmethod
    def parse(cls, text: str) -> "Ruled":
        """Return what RESOURCE[.GROUP][/SUBRESOURCE] says."""
        named, _, subresource = text.partition("/")
        resource, _, group = named.partition(".")
        return cls(resource, group, subresource)

    def found(self, scheme: Scheme) -> tuple[str, str] | None:
        """Return group and plural of what is served under this name; None where nothing is."""
        known = scheme.find(f"{self.resource}.{self.group}" if self.group else self.resource)
        if known is None or not known.group.startswith(self.group):
            return None
        return known.key

    def missing(self) -> KctlError:
        """Return the error for a resource that nobody serves."""
        where = f' in group "{self.group}"' if self.group else ""
        return failures.Verbatim(f'the server doesn\'t have a resource type "{self.resource}"{where}')


class RoleOptions(generating.Generator):
    """What `kctl create role` was asked for."""

    path = "create role"
    verbs: list[str]
    resources: list[Ruled]

    def validate(self) -> None:
        """Refuse what makes no sense."""
        self.require_name()
        self.take_rules()
        if not self.verbs:
            raise KctlError("at least one verb must be specified")
        self.warn_of_verbs()
        if not self.resources:
            raise KctlError("at least one resource must be specified")
        self.check_resources()

    def take_rules(self) -> None:
        """Take over verbs and resources; `*` stands for all of them."""
        values = self.values
        self.verbs = ["*"] if "*" in values["verb"] else list(dict.fromkeys(values["verb"]))
        self.resources = []
        for text in values["resource"]:
            if text == "*":
                self.resources = [Ruled("*", "", "")]
                break
            self.resources.append(Ruled.parse(text))
        self.names = list(dict.fromkeys(values["resource-name"]))
        self.scheme = self.factory.client("kubectl").scheme

    def warn_of_verbs(self) -> None:
        """Warn of verbs that kube-apiserver does not ask for itself."""
        for verb in self.verbs:
            if verb not in _VERBS:
                print(f"Warning: '{verb}' is not a standard resource verb", file=self.factory.streams.err)

    def check_resources(self) -> None:
        """Refuse resources that are not there, and verbs that mean nothing for them."""
        for wanted in self.resources:
            if not wanted.resource:
                raise KctlError("resource must be specified if apiGroup/subresource specified")
            if wanted.resource == "*":
                return
            found = wanted.found(self.scheme)
            group, plural = found or (wanted.group, wanted.resource)
            special = [verb for verb in self.verbs if verb in _SPECIAL]
            for verb in special:
                if (group, plural) not in _SPECIAL[verb]:
                    raise KctlError(f"can not perform '{verb}' on '{plural}' in group '{group}'")
            if found is None and not special:
                raise wanted.missing()

    def rules(self, urls: Sequence[str] = ()) -> list[Object]:
        """Return one rule for each API group, and one for URLs."""
        groups: dict[str, list[str]] = {}
        for wanted in self.resources:
            group, plural = wanted.found(self.scheme) or (wanted.group, wanted.resource)
            groups.setdefault(group, []).append(plural + (f"/{wanted.subresource}" if wanted.subresource else ""))
        rules: list[Object] = [
            {"verbs": self.verbs, "apiGroups": [group], "resources": list(dict.fromkeys(groups[group])), "resourceNames": self.names}
            for group in sorted(groups)
        ]
        return [*rules, {"verbs": self.verbs, "nonResourceURLs": list(urls)}] if urls else rules

    def build(self) -> Object:
        """Return the role."""
        return {**self.object("Role", f"{RBAC}/v1"), "rules": self.rules()}


COMMAND = Command(
    "create role",
    "Create a role with single rule",
    "NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none] [options]",
    (*RULE_FLAGS, *generating.FLAGS),
    RoleOptions,
    examples="""  # Let whoever has the role look at pods and their logs
  kctl create role pod-reader --verb=get,list,watch --resource=pods,pods/log

  # Let whoever has the role change one deployment
  kctl create role web-keeper --verb=update,patch --resource=deployments.apps --resource-name=web""",
)
