"""ServiceAccounts: identities of pods."""

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.registry import kind
from minikube_py.registry.strategy import Context

_ENFORCE = "kubernetes.io/enforce-mountable-secrets"


class ServiceAccounts(kind.Kind):
    """The rules of ServiceAccounts."""

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Keep only the names of the secrets that are referred to."""
        _clean(obj)

    def prepare_update(self, obj: Object, old: Object, context: Context) -> None:
        """Keep only the names of the secrets that are referred to."""
        _clean(obj)

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Warn about an annotation that is on its way out."""
        if _ENFORCE not in meta.annotations(obj) or (old is not None and _ENFORCE in meta.annotations(old)):
            return []
        return [f"metadata.annotations[{_ENFORCE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"]


def _clean(obj: Object) -> None:
    if obj.get("secrets"):
        obj["secrets"] = [{"name": reference["name"]} if "name" in reference else {} for reference in obj["secrets"]]


STRATEGY = ServiceAccounts()
