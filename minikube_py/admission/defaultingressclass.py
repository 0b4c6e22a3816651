"""DefaultIngressClass: an Ingress that names no class gets the default one."""

from minikube_py.kits.clock import Clock
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.reader import Reader

_DEFAULT = "ingressclass.kubernetes.io/is-default-class"
_OLD_CLASS = "kubernetes.io/ingress.class"


class DefaultIngressClass(AdmissionPlugin):
    """plugin/pkg/admission/network/defaultingressclass."""

    name = "DefaultIngressClass"
    operations = ("CREATE",)
    resources = ("ingresses.networking.k8s.io",)

    def admit(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Set spec.ingressClassName where neither it nor the annotation that came before it is there; of several defaults the newest."""
        ingress = attributes.object
        assert ingress is not None
        if (ingress.get("spec") or {}).get("ingressClassName") is not None or _OLD_CLASS in meta.annotations(ingress):
            return
        defaults = [item for item in reader.list("ingressclasses.networking.k8s.io") if _is_default(item)]
        if defaults:
            newest = max(item["metadata"]["creationTimestamp"] for item in defaults)
            ingress["spec"]["ingressClassName"] = min(meta.name(item) for item in defaults if item["metadata"]["creationTimestamp"] == newest)


def _is_default(ingress_class: Object) -> bool:
    return meta.annotations(ingress_class).get(_DEFAULT) == "true"
