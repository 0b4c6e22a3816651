"""ServiceCIDRs: ranges from which services get their addresses."""

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import addresses, checks, kind, objectmeta
from minikube_py.registry.strategy import Context


class ServiceCIDRs(kind.Kind):
    """The rules of ServiceCIDRs."""

    namespaced = False
    has_status = True
    status_metadata = ()

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Take a new range as it is: kube-apiserver does not reset its status."""
        obj.setdefault("status", {})

    def prepare_update(self, obj: Object, old: Object, context: Context) -> None:
        """Take a change as it is, the status too."""
        obj.setdefault("status", {})

    def contents(self, obj: Object) -> list[FieldError]:
        """Check one or two ranges, of different families."""
        cidrs = (obj.get("spec") or {}).get("cidrs") or []
        if not cidrs:
            return [fielderrors.required("spec.cidrs", "at least one CIDR required")]
        if len(cidrs) > 2:
            return [fielderrors.invalid("spec.cidrs", _go_spec(cidrs), "may only hold up to 2 values")]
        found: list[FieldError] = []
        for number, cidr in enumerate(cidrs):
            found += addresses.canonical_cidr(f"spec.cidrs[{number}]", cidr)
        families = [addresses.family(cidr.partition("/")[0]) for cidr in cidrs]
        if len(families) == 2 and families[0] == families[1] != "":
            text = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"
            found.append(fielderrors.invalid("spec.cidrs", cidrs, text))
        return found

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Hold the ranges; a second one may be added."""
        found = objectmeta.update(obj, old)
        cidrs, before = ((some.get("spec") or {}).get("cidrs") or [] for some in (obj, old))
        if len(cidrs) == len(before):
            for number, (cidr, was) in enumerate(zip(cidrs, before, strict=True)):
                found += checks.immutable(f"spec.cidrs[{number}]", cidr, was)
            return found
        if len(before) == 1 and len(cidrs) == 2:
            return found + checks.immutable("spec.cidrs[0]", cidrs[0], before[0]) + self.contents(obj)
        return [*found, fielderrors.invalid("spec.cidrs", cidrs, checks.IMMUTABLE)]


def _go_spec(cidrs: list[str]) -> fielderrors.GoText:
    return fielderrors.GoText(f"networking.ServiceCIDRSpec{{CIDRs:{checks.go_strings('string', cidrs)}}}")


STRATEGY = ServiceCIDRs()
