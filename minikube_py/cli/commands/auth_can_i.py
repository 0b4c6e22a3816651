"""kctl auth can-i."""

from typing import TYPE_CHECKING

from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, UsageError, Values
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

FLAGS = (
    Flag("all-namespaces", "bool", short="A", usage="If true, ask about the action in all namespaces."),
    Flag("list", "bool", usage="If true, print all that is allowed."),
    Flag("no-headers", "bool", usage="If true, print what is allowed without headers"),
    Flag("quiet", "bool", short="q", usage="If true, print nothing: the exit code is the answer."),
    Flag("subresource", usage="A subresource, such as log of pods or scale of deployments"),
)
_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "use", "bind", "impersonate", "*", "approve", "sign",
          "escalate", "attest")  # fmt: skip
_URL_VERBS = ("get", "put", "post", "head", "options", "delete", "patch", "*")
_NOT_SERVED = ("users", "groups")  # of the verb impersonate: no list of resources names them
_API = "authorization.k8s.io/v1"


class CanIOptions:
    """What `kctl auth can-i` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line, and find out which resource is meant."""
        self.factory, self.values = factory, values
        self.verb = self.url = self.group = self.resource = self.name = ""
        self.cluster_wide = False
        if values["list"]:
            if arguments:
                raise KctlError("list option must be specified with no arguments")
        elif len(arguments) != 2:
            raise UsageError("you must specify two arguments: verb resource or verb resource/resourceName.",
                             "See 'kctl auth can-i -h' for help and examples.")  # fmt: skip
        factory.configured()
        self.client = factory.client("kubectl")
        if arguments:
            self.verb, what = arguments
            if what.startswith("/"):
                self.url = what
            else:
                self._find(what)
        self.namespace = "" if values["all-namespaces"] else factory.namespace

    def _find(self, what: str) -> None:
        word, _, self.name = what.partition("/")
        self.resource = word
        if word == "*":
            return
        found = self.client.scheme.find(word.lower())
        if found is not None:
            self.group, self.resource, self.cluster_wide = found.group, found.plural, not found.namespaced
            return
        kind, _, group = word.lower().partition(".")
        if word.lower() not in _NOT_SERVED:
            self._warn(f"the server doesn't have a resource type '{kind}'" + (f" in group '{group}'" if group else ""))

    def _warn(self, text: str) -> None:
        """Print a warning, with the empty line below it that kubectl prints."""
        self.factory.caution(f"{text}\n")

    def validate(self) -> None:
        """Refuse what makes no sense, and warn of what may be a mistake."""
        values = self.values
        if values["list"]:
            if values["quiet"] or values["all-namespaces"] or values["subresource"]:
                raise KctlError("list option can't be specified with neither quiet, all-namespaces nor subresource options")
            return
        if self.url:
            if values["subresource"]:
                raise KctlError("--subresource can not be used with NonResourceURL")
            self._check_verb(_URL_VERBS)
        elif self.resource and not values["all-namespaces"]:
            if self.cluster_wide:
                self._warn(f"resource '{self.resource}' is not namespace scoped" + (f" in group '{self.group}'" if self.group else ""))
            self._check_verb(_VERBS)
        if values["no-headers"]:
            raise KctlError("--no-headers cannot be set without --list specified")

    def _check_verb(self, known: tuple[str, ...]) -> None:
        if self.verb not in known:
            self._warn(f"verb '{self.verb}' is not a known verb")

    def run(self) -> int | None:
        """Print yes or no, or all that is allowed."""
        if not self.values["list"]:
            return self._ask()
        self._list()
        return None

    def _ask(self) -> int:
        spec: Object = {"nonResourceAttributes": {"verb": self.verb, "path": self.url}}
        if not self.url:
            wanted = {"namespace": self.namespace, "verb": self.verb, "group": self.group, "resource": self.resource,
                      "subresource": self.values["subresource"], "name": self.name}  # fmt: skip
            spec = {"resourceAttributes": {field: value for field, value in wanted.items() if value}}
        status = self.client.create({"apiVersion": _API, "kind": "SelfSubjectAccessReview", "metadata": {}, "spec": spec})["status"]
        allowed = bool(status.get("allowed"))
        if not self.values["quiet"]:
            why = [] if allowed else [f" - {status[field]}" for field in ("reason", "evaluationError") if status.get(field)]
            self.factory.streams.out.write(("yes" if allowed else "no") + "".join(why) + "\n")
        return 0 if allowed else 1

    def _list(self) -> None:
        from minikube_py.describers import golang, role
        from minikube_py.printers.tabwriter import TabWriter

        review = {"apiVersion": _API, "kind": "SelfSubjectRulesReview", "metadata": {}, "spec": {"namespace": self.namespace}}
        status = self.client.create(review)["status"]
        if status.get("incomplete"):
            self.factory.caution(f"the list may be incomplete: {status.get('evaluationError', '')}")
        writer = TabWriter(self.factory.streams.out)
        if not self.values["no-headers"]:
            writer.write("Resources\tNon-Resource URLs\tResource Names\tVerbs\n")
        for rule in role.compact([*(status.get("resourceRules") or ()), *(status.get("nonResourceRules") or ())]):
            lists = (golang.listing(rule.get(field)) for field in ("nonResourceURLs", "resourceNames", "verbs"))
            writer.write("\t".join([role.qualified(rule), *lists]) + "\n")
        writer.flush()


COMMAND = Command(
    "auth can-i",
    "Check whether an action is allowed",
    "VERB [TYPE | TYPE/NAME | NONRESOURCEURL] [options]",
    FLAGS,
    CanIOptions,
    long="""Ask the cluster whether an action is allowed, and answer yes or no; the exit code of no is 1.

 VERB is one of the API's verbs: get, list, create and so on. TYPE is a resource in any spelling that kctl get takes, or * for all;
NONRESOURCEURL is a path that begins with a slash. With --as the question is what somebody else may do.""",
    examples="""  # May I create pods in every namespace?
  kctl auth can-i create pods --all-namespaces

  # May the service account robot of the namespace shop read secrets?
  kctl auth can-i get secrets --as=system:serviceaccount:shop:robot -n shop

  # May I read the logs of pods?
  kctl auth can-i get pods --subresource=log

  # What may I do here at all?
  kctl auth can-i --list""",
)
