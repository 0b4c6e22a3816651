"""kctl kustomize."""

import os
from typing import TYPE_CHECKING, Any

from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.kustomize.helm import Helm
    from minikube_py.kustomize.resources import Resource

_ORDERS = ("legacy", "none")
_RESTRICTORS = ("LoadRestrictionsRootOnly", "LoadRestrictionsNone")
# What kustomize's functions need. kctl runs none, and says so where a kustomization asks for one.
_FUNCTIONS = (
    Flag("as-current-user", "bool", usage="Run functions in containers as the user of this command; kctl runs no functions"),
    Flag("enable-alpha-plugins", "bool", usage="Enable kustomize plugins; kctl has the built-in ones only"),
    Flag("env", "list", short="e", usage="Environment variables for functions; kctl runs none"),
    Flag("mount", "list", usage="Storage that functions read; kctl runs none"),
    Flag("network", "bool", usage="Let functions that declare it use the network; kctl runs none"),
    Flag("network-name", default="bridge", usage="The network of their containers; kctl runs none"),
)
_CHARTS = (
    Flag("enable-helm", "bool", usage="Inflate Helm charts, by running the helm command"),
    Flag("helm-api-versions", "strings", usage="Kubernetes API versions that charts are told of"),
    Flag("helm-command", default="helm", usage="The helm command, by its path or its name on PATH"),
    Flag("helm-debug", "bool", usage="Let helm tell what it does"),
    Flag("helm-kube-version", usage="Kubernetes version that charts are told of"),
)
FLAGS = (
    *_FUNCTIONS,
    *_CHARTS,
    Flag("enable-managedby-label", "bool", hidden=True, usage="Add the label app.kubernetes.io/managed-by"),
    Flag("load-restrictor", default=_RESTRICTORS[0],
         usage="If LoadRestrictionsNone, a kustomization may read files outside of its own directory, and can then not be moved."),
    Flag("output", short="o", usage="Write to this file, or to files in this directory, instead of standard output."),
    Flag("reorder", default="legacy", hidden=True, usage="Sort objects before printing: legacy or none"),
)  # fmt: skip


class KustomizeOptions:
    """What `kctl kustomize` was asked for."""

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values, self.arguments = factory, values, arguments
        self.restrictor: str = values["load-restrictor"]
        self.output: str = values["output"]
        self._warn_of_old_flags()

    def _warn_of_old_flags(self) -> None:
        label = "Use the `managedByLabel` option in the `buildMetadata` field instead."
        advice = {"enable-managedby-label": f"The flag `enable-managedby-label` has been deprecated. {label}",
                  "reorder": "use the new 'sortOptions' field in kustomization.yaml instead."}  # fmt: skip
        for name, text in advice.items():
            if self.values.changed(name):
                print(f"Flag --{name} has been deprecated, {text}", file=self.factory.streams.err)

    def validate(self) -> None:
        """Refuse what makes no sense."""
        if len(self.arguments) > 1:
            raise KctlError("specify one path to kustomization.yaml")
        if self.restrictor not in (*_RESTRICTORS, ""):
            raise KctlError(f"illegal flag value --load-restrictor {self.restrictor}; legal values: [{' '.join(_RESTRICTORS)}]")
        if self.values["reorder"] not in _ORDERS:
            raise KctlError(f"illegal flag value --reorder {self.values['reorder']}; legal values: [{' '.join(_ORDERS)}]")

    def run(self) -> int | None:
        """Build, and print or write what came out."""
        from minikube_py.cli import kustomizations

        values = self.values
        order = values["reorder"] if values.changed("reorder") else ""
        managed = values["enable-managedby-label"] or os.environ.get("KUSTOMIZE_ENABLE_MANAGEDBY_LABEL") == "on"
        path = self.arguments[0] if self.arguments else "."
        restricted = self.restrictor != _RESTRICTORS[1]
        resources = kustomizations.build(self.factory, path, order=order, restricted=restricted, managed_by=managed, helm=self._helm())
        self._write(resources)
        return None

    def _helm(self) -> "Helm | None":
        values = self.values
        if not values["enable-helm"]:
            return None
        from minikube_py.kustomize.helm import Helm

        return Helm(values["helm-command"], tuple(values["helm-api-versions"]), values["helm-kube-version"], values["helm-debug"])

    def _write(self, resources: "list[Resource]") -> None:
        from minikube_py.kustomize import build

        if self.output and os.path.isdir(self.output):
            self._write_each(resources)
        elif self.output:
            _save(self.output, build.render(resources))
        else:
            self.factory.streams.out.write(build.render(resources))

    def _write_each(self, resources: "list[Resource]") -> None:
        from minikube_py.kustomize import build

        namespaces = {resource.current_id.effective_namespace for resource in resources if not resource.current_id.cluster}
        for resource in resources:
            known = resource.current_id
            kind = "_".join(part for part in known.gvk if part).lower()
            name = f"{kind}_{known.name.lower()}.yaml"
            if len(namespaces) > 1 and not known.cluster:
                name = f"{known.effective_namespace.lower()}_{name}"
            _save(os.path.join(self.output, _flat(name)), build.render([resource]))


def _flat(name: str) -> str:
    """Return a file's name that stays in its directory, whatever a kustomization calls its objects."""
    if "/" in name or "\0" in name:
        raise KctlError(f"cannot write {name!r}: a name with a slash is no file's name")
    return name


def _save(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError as error:
        reason: Any = error.strerror or str(error)
        raise KctlError(f"open {path}: {reason[:1].lower()}{reason[1:]}") from None


COMMAND = Command(
    "kustomize",
    "Build a kustomization target from a directory or URL",
    "DIR",
    FLAGS,
    KustomizeOptions,
    long="""Build the objects of a kustomization and print them.

 DIR is a directory with a kustomization.yaml; the current one if it is left out. Resources may be files and directories below it, other
kustomizations, and single files on the web. Git repositories have to be cloned first; Helm charts need helm and --enable-helm.""",
    examples="""  # Print what the kustomization in the current directory makes
  kctl kustomize

  # Print what another directory makes
  kctl kustomize overlays/production

  # Write each object to a file of its own
  kctl kustomize overlays/production -o manifests/""",
)
