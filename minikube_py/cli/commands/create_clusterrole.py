"""kctl create clusterrole."""

from minikube_py.cli import generating
from minikube_py.cli.command import Command
from minikube_py.cli.commands import create_role
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, UsageError, Values
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

_URL_VERBS = ("*", "get", "post", "put", "delete", "patch", "head", "options")


class ClusterRoleOptions(create_role.RoleOptions):
    """What `kctl create clusterrole` was asked for."""

    path = "create clusterrole"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.aggregated = _pairs(values["aggregation-rule"])
        super().complete(factory, values, arguments)

    def validate(self) -> None:
        """Refuse what makes no sense."""
        self.require_name()
        self.take_rules()
        self.urls = list(dict.fromkeys(self.values["non-resource-url"]))
        if self.aggregated:
            if self.urls or self.verbs or self.resources or self.names:
                raise KctlError("aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames")
            return
        if not self.verbs:
            raise KctlError("at least one verb must be specified")
        if not self.resources and not self.urls:
            raise KctlError("one of resource or nonResourceURL must be specified")
        if self.resources:
            self.warn_of_verbs()
            self.check_resources()
        if self.urls:
            self._check_urls()

    def _check_urls(self) -> None:
        for verb in self.verbs:
            if verb not in _URL_VERBS:
                raise KctlError(f"invalid verb: '{verb}' for nonResourceURL")
        for url in self.urls:
            if url == "*":
                continue
            if not url.startswith("/"):
                raise KctlError("nonResourceURL should start with /")
            if "*" in url[:-1]:
                raise KctlError("nonResourceURL only supports wildcard matches when '*' is at the end")

    def build(self) -> Object:
        """Return the cluster role."""
        role = self.object("ClusterRole", f"{create_role.RBAC}/v1", namespaced=False)
        if self.aggregated:
            return {**role, "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": self.aggregated}]}}
        return {**role, "rules": self.rules(self.urls)}


def _pairs(given: list[str]) -> dict[str, str]:
    """Return the labels of --aggregation-rule, a flag of another library with words of its own."""
    found = {}
    for text in given:
        for pair in filter(None, text.split(",")):
            key, equals, value = pair.partition("=")
            if not equals:
                problem = f'invalid argument "{text}" for "--aggregation-rule" flag: malformed pair, expect string=string'
                raise UsageError(problem, "See 'kctl create clusterrole --help' for usage.")
            found[key.strip()] = value.strip()
    return found


COMMAND = Command(
    "create clusterrole",
    "Create a cluster role",
    "NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none] [options]",
    (
        *create_role.RULE_FLAGS,
        Flag("aggregation-rule", "strings", usage="Labels of the cluster roles whose rules make up this one: KEY=VALUE,KEY=VALUE."),
        Flag("non-resource-url", "list", usage="URL that the rule is about, such as /healthz or /logs/*; may be repeated."),
        *generating.FLAGS,
    ),
    ClusterRoleOptions,
    examples="""  # Let whoever has the role look at nodes
  kctl create clusterrole node-reader --verb=get,list,watch --resource=nodes

  # Let whoever has the role ask for the health of the apiserver
  kctl create clusterrole health --verb=get --non-resource-url=/healthz --non-resource-url='/livez/*'

  # Gather the rules of all cluster roles with a label
  kctl create clusterrole monitoring --aggregation-rule=example.com/aggregate-to-monitoring=true""",
)
