"""What names a resource: group, version, kind, name and namespace, written and compared as kustomize does."""

from typing import NamedTuple

ANY_NAMESPACE = "_non_namespaceable_"
DEFAULT_NAMESPACE = "default"


class Gvk(NamedTuple):
    """A group, version and kind; as a selector, "" stands for any."""

    group: str = ""
    version: str = ""
    kind: str = ""

    def __str__(self) -> str:
        return f"{self.kind or '[noKind]'}.{self.version or '[noVer]'}.{self.group or '[noGrp]'}"

    @property
    def api_version(self) -> str:
        """Return group/version."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def selected_by(self, selector: "Gvk") -> bool:
        """Tell whether all that a selector names is so."""
        return all(not wanted or wanted == own for own, wanted in zip(self, selector, strict=True))

    @property
    def sort_text(self) -> str:
        """Return the text by which kustomize orders kinds."""
        return f"{self.group or '~G'}_{self.version or '~V'}_{self.kind or '~K'}"

    def order(self) -> tuple[int, str]:
        """Return the key that puts namespaces first and webhooks last."""
        return ORDER.get(self.kind, 0), self.sort_text


FIRST = (
    "Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition", "ServiceAccount", "PodSecurityPolicy", "Role", "ClusterRole", "RoleBinding",
    "ClusterRoleBinding", "ConfigMap", "Secret", "Endpoints", "Service", "LimitRange", "PriorityClass", "PersistentVolume", "PersistentVolumeClaim",
    "Deployment", "StatefulSet", "CronJob", "PodDisruptionBudget",
)  # fmt: skip
LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def order_of(first: tuple[str, ...] | list[str], last: tuple[str, ...] | list[str]) -> dict[str, int]:
    """Return the rank of each kind that is named; others have 0."""
    return {kind: index - len(first) for index, kind in enumerate(first)} | {kind: index + 1 for index, kind in enumerate(last)}


ORDER = order_of(FIRST, LAST)


class ResId(NamedTuple):
    """A resource's name; `cluster` tells that its kind is known to have no namespace."""

    gvk: Gvk
    name: str = ""
    namespace: str = ""
    cluster: bool = False

    def __str__(self) -> str:
        return f"{self.gvk}/{self.name or '[noName]'}.{self.namespace or '[noNs]'}"

    @property
    def effective_namespace(self) -> str:
        """Return the namespace that it is in, "default" where none is said."""
        return ANY_NAMESPACE if self.cluster else self.namespace or DEFAULT_NAMESPACE

    @property
    def key(self) -> tuple[Gvk, str, str]:
        """Return what two ids of one resource have in common."""
        return self.gvk, self.name, self.effective_namespace

    def same_namespace(self, other: "ResId") -> bool:
        """Tell whether both are in one namespace, or in none."""
        return self.effective_namespace == other.effective_namespace

    def same(self, other: "ResId") -> bool:
        """Tell whether both name one resource."""
        return self.gvk == other.gvk and self.name == other.name and self.same_namespace(other)

    def selected_by(self, selector: "ResId") -> bool:
        """Tell whether all that a selector names is so."""
        if selector.name and selector.name != self.name:
            return False
        return (not selector.namespace or selector.same_namespace(self)) and self.gvk.selected_by(selector.gvk)


def parse_api_version(text: str) -> tuple[str, str]:
    """Return group and version."""
    group, slash, version = text.partition("/")
    return (group, version) if slash else ("", text)


def go_syntax(found: ResId) -> str:
    """Return what Go's %#v prints of it, as two of kustomize's messages have it."""
    gvk = found.gvk
    inner = f'resid.Gvk{{Group:"{gvk.group}", Version:"{gvk.version}", Kind:"{gvk.kind}", isClusterScoped:{str(found.cluster).lower()}}}'
    return f'resid.ResId{{Gvk:{inner}, Name:"{found.name}", Namespace:"{found.namespace}"}}'
