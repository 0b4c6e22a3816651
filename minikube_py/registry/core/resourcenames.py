"""Names and amounts of resources: what containers, quotas and limit ranges may count (core/helper and validateResourceName)."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from minikube_py.machinery import fielderrors, names, quantity
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.quantity import Quantity
from minikube_py.registry.pod.amounts import stored

CONTAINER = frozenset({"cpu", "memory", "ephemeral-storage"})
_OBJECTS = frozenset({"pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims",
                      "services.nodeports", "services.loadbalancers"})  # fmt: skip
_STANDARD = CONTAINER | _OBJECTS | {"requests.cpu", "requests.memory", "requests.ephemeral-storage", "limits.cpu", "limits.memory",
                                    "limits.ephemeral-storage", "requests.storage", "storage"}  # fmt: skip
_QUOTA = _STANDARD - {"storage"}
HUGE_PAGES = "hugepages-"
NOT_INTEGER = "must be an integer"


def standard(name: str) -> bool:
    """Tell whether a name without a domain is known."""
    return name in _STANDARD or name.startswith((HUGE_PAGES, "requests." + HUGE_PAGES))


def standard_in_quota(name: str) -> bool:
    """Tell whether a quota can count a name without a domain."""
    return name in _QUOTA or name.startswith((HUGE_PAGES, "requests." + HUGE_PAGES))


def native(name: str) -> bool:
    """Tell whether a resource is Kubernetes' own."""
    return "/" not in name or "kubernetes.io/" in name


def extended(name: str) -> bool:
    """Tell whether a resource is one of a device plugin's."""
    return not native(name) and not name.startswith("requests.") and not names.qualified_name("requests." + name)


def overcommit_allowed(name: str) -> bool:
    """Tell whether limits may be higher than requests."""
    return native(name) and not name.startswith(HUGE_PAGES)


def whole(name: str) -> bool:
    """Tell whether only whole numbers count."""
    return name in _OBJECTS or extended(name)


@lru_cache(maxsize=1024)
def name_messages(name: str) -> tuple[str, ...]:
    """Return what is wrong with the name of any resource."""
    found = names.qualified_name(name)
    if found or "/" in name or standard(name):
        return tuple(found)
    return ("must be a standard resource type or fully qualified",)


@lru_cache(maxsize=1024)
def container_messages(name: str) -> tuple[str, ...]:
    """Return what is wrong with the name of a resource of a container."""
    found = name_messages(name)
    if "/" not in name:
        if name not in CONTAINER and not name.startswith(HUGE_PAGES):
            return (*found, "must be a standard resource for containers")
    elif not native(name) and not extended(name):
        return (*found, "doesn't follow extended resource name standard")
    return found


@lru_cache(maxsize=1024)
def quota_messages(name: str) -> tuple[str, ...]:
    """Return what is wrong with the name of a resource in a quota."""
    found = name_messages(name)
    if "/" not in name and not standard_in_quota(name):
        return (*found, "must be a standard resource for quota")
    return found


def wrong(field: str, name: str, messages: Iterable[str]) -> list[FieldError]:
    """Return one Invalid error a message. A resource's name is a Stringer, so that it has no quotes."""
    return [fielderrors.invalid(field, fielderrors.GoText(name), message) for message in messages]


def read(field: str, text: str, found: list[FieldError]) -> Quantity | None:
    """Return the quantity that `text` spells; where it spells none, add an error to `found`."""
    try:
        return quantity.parse(text)
    except ValueError as error:
        found.append(fielderrors.invalid(field, text, str(error)))
        return None


def amount(field: str, name: str, text: str) -> list[FieldError]:
    """Check an amount: not negative, and whole where only whole ones count."""
    found: list[FieldError] = []
    number = read(field, text, found)
    if number is None:
        return found
    if number < quantity.from_int(0):
        found.append(fielderrors.invalid(field, str(number), fielderrors.NEGATIVE))
    if whole(name) and number.milli_value() % 1000:
        found.append(fielderrors.invalid(field, go_quantity(number), NOT_INTEGER))
    return found


_SCALES = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def go_quantity(number: Quantity) -> fielderrors.GoText:
    """Return a quantity as Go's %#v prints it: kube-apiserver v1.33 shows some errors that way."""
    text = str(number)
    if number.format == quantity.DECIMAL_EXPONENT:
        digits, _, exponent = text.lower().partition("e")
        value, scale = int(digits), int(exponent or 0)
    else:
        scale = 0 if number.format == quantity.BINARY_SI else _SCALES.get(text[-1:], 0)
        value = int(text[:-1]) if scale else number.value()
    inner = f"i:resource.int64Amount{{value:{value}, scale:{scale}}}, d:resource.infDecAmount{{Dec:(*inf.Dec)(nil)}}"
    return fielderrors.GoText(f'resource.Quantity{{{inner}, s:"{text}", Format:"{number.format}"}}')


def canonicalize(amounts: Mapping[str, str] | None) -> None:
    """Spell amounts as kube-apiserver stores them, rounded up to thousandths, in place; a text that is no quantity stays."""
    for name, text in list((amounts or {}).items()):
        try:
            amounts[name] = stored(text)  # type: ignore[index]
        except ValueError:
            continue
