"""One strategy a kind: defaults, validation, what may change. Looks at other objects only through a Reader."""

from functools import cache

from minikube_py import kits
from minikube_py.registry.strategy import Strategy

# The package below this one that holds the strategies of a group.
MODULES = {
    "": "core",
    "apps": "apps",
    "batch": "batch",
    "autoscaling": "autoscaling",
    "policy": "policy",
    "networking.k8s.io": "networking",
    "rbac.authorization.k8s.io": "rbac",
    "storage.k8s.io": "storage",
    "scheduling.k8s.io": "scheduling",
    "admissionregistration.k8s.io": "admissionregistration",
    "apiextensions.k8s.io": "apiextensions",
    "apiregistration.k8s.io": "apiregistration",
    "certificates.k8s.io": "certificates",
    "coordination.k8s.io": "coordination",
    "discovery.k8s.io": "discovery",
    "events.k8s.io": "events",
    "flowcontrol.apiserver.k8s.io": "flowcontrol",
    "node.k8s.io": "node",
}


@cache
def strategy(group: str, plural: str) -> Strategy:
    """Return the strategy of a resource; each group's package is imported when first asked for.

    A group's package has LOCATIONS, a mapping from plural to the name of the module below it that holds STRATEGY.
    """
    package = MODULES.get(group)
    if package is None:
        return Strategy()
    locations = kits.imported(f"minikube_py.registry.{package}").LOCATIONS
    if plural not in locations:
        return Strategy()
    found = kits.imported(f"minikube_py.registry.{package}.{locations[plural]}").STRATEGY
    if not isinstance(found, Strategy):
        raise TypeError(f"{package}.{locations[plural]}.STRATEGY is no Strategy")
    return found
