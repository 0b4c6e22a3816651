"""RequireTeam: every Deployment says whose it is, and its pods carry the same label."""

from minikube_py.kits.clock import Clock
from minikube_py.plugin import hookimpl
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.reader import Reader
from minikube_py.plugin.registries import Registry


class RequireTeam(AdmissionPlugin):
    name = "RequireTeam"
    resources = ("deployments.apps",)

    def admit(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        if attributes.object and (team := (attributes.object["metadata"].get("labels") or {}).get("team")):
            pods = attributes.object["spec"]["template"].setdefault("metadata", {})
            pods["labels"] = {"team": team} | (pods.get("labels") or {})

    def validate(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        labels = attributes.object and attributes.object["metadata"].get("labels")
        if attributes.namespace != "kube-system" and not (labels or {}).get("team"):
            raise ValueError("label team is missing: say who is to be called when it breaks")


@hookimpl
def kctl_register_admission_plugins(registry: Registry[AdmissionPlugin]) -> None:
    registry.add(RequireTeam.name, RequireTeam())
