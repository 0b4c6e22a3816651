"""Keeps ServiceCIDRs that services still have addresses of, and says that the others are ready (pkg/controller/servicecidrs)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, object_key
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_RANGES = "servicecidrs.networking.k8s.io"
_ADDRESSES = "ipaddresses.networking.k8s.io"
_FINALIZER = "networking.k8s.io/service-cidr-finalizer"
_DEFAULT = "kubernetes"
_IN_USE = "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR"


class ServiceCIDRController(Loop):
    """Keys are names of ServiceCIDRs."""

    name = "service-cidr-controller"
    user = "system:serviceaccount:kube-system:service-cidrs-controller"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes the controller."""
        return {_RANGES: self._range_changed, _ADDRESSES: self._address_changed}

    def _range_changed(self, change: Change) -> Iterable[str]:
        return {*object_key(change), *self._ending()}

    def _address_changed(self, change: Change) -> Iterable[str]:
        return self._ending() if change.type == "DELETED" else ()

    def _ending(self) -> list[str]:
        return [meta.name(item) for item in self.client.items(_RANGES) if meta.is_deleting(item)]

    def reconcile(self, key: str) -> float | None:
        """Let a range go, or keep it."""
        found = self.client.find(_RANGES, key)
        if found is None:
            return None
        finalizers = found["metadata"].get("finalizers") or []
        if meta.is_deleting(found):
            if _FINALIZER in finalizers and self._is_needed(found):
                self._say(found, "False", "Terminating", _IN_USE)
            elif _FINALIZER in finalizers:
                self.client.update({**found, "metadata": {**found["metadata"], "finalizers": [item for item in finalizers if item != _FINALIZER]}})
            return None
        if _FINALIZER not in finalizers:
            found = self.client.update({**found, "metadata": {**found["metadata"], "finalizers": [*finalizers, _FINALIZER]}})
        self._say(found, "True", "", f"Kubernetes {'default ' if key == _DEFAULT else ''}Service CIDR is ready")
        return None

    def _is_needed(self, found: Object) -> bool:
        """Tell whether an address of the range is in no other one."""
        from ipaddress import ip_address, ip_network

        others = [ip_network(cidr) for item in self.client.items(_RANGES) if not meta.is_deleting(item) for cidr in item["spec"]["cidrs"]]
        own = [ip_network(cidr) for cidr in found["spec"]["cidrs"]]
        held = [ip_address(meta.name(item)) for item in self.client.items(_ADDRESSES)]
        return any(any(ip in net for net in own) and not any(ip in net for net in others) for ip in held)

    def _say(self, found: Object, status: str, reason: str, message: str) -> None:
        wanted = {"type": "Ready", "status": status, "reason": reason, "message": message}
        current = meta.condition(found, "Ready")
        if current is None or any(current.get(field) != value for field, value in wanted.items()):
            self.client.update_status({**found, "status": {"conditions": [{**wanted, "lastTransitionTime": rfc3339(self.clock.now())}]}})
