"""IP addresses and CIDRs as kube-apiserver v1.33 reads them (leading zeros forgiven, as its strict mode is off by default)."""

from functools import lru_cache
from typing import TYPE_CHECKING

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

INVALID_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
INVALID_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"


@lru_cache(maxsize=65536)
def parse(text: str) -> "IPv4Address | IPv6Address | None":
    """Return the address that `text` spells; an IPv4-mapped IPv6 address is IPv4, as in Go."""
    import ipaddress

    if "%" in text:
        return None
    if ":" not in text:
        text = ".".join(part.lstrip("0") or part[:1] for part in text.split("."))
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if found.version == 6 else found


@lru_cache(maxsize=4096)
def parse_cidr(text: str) -> "tuple[IPv4Address | IPv6Address, IPv4Network | IPv6Network] | None":
    """Return (address, network) of `10.1.2.3/16`."""
    import ipaddress

    left, slash, bits = text.partition("/")
    address = parse(left)
    if address is None or not slash or not bits.isascii() or not bits.isdigit() or int(bits) > address.max_prefixlen:
        return None
    return address, ipaddress.ip_network(f"{address}/{int(bits)}", strict=False)


def family(text: str) -> str:
    """Return IPv4, IPv6 or nothing."""
    found = parse(text)
    return "" if found is None else f"IPv{found.version}"


def ip(field: str, text: str) -> list[FieldError]:
    """Check an address."""
    return [] if parse(text) is not None else [fielderrors.invalid(field, text, INVALID_IP)]


def cidr(field: str, text: str) -> list[FieldError]:
    """Check a CIDR."""
    return [] if parse_cidr(text) is not None else [fielderrors.invalid(field, text, INVALID_CIDR)]


def canonical_ip(text: str) -> tuple[str, ...]:
    """Return what is wrong with an address where newer fields ask for the one canonical spelling."""
    import ipaddress

    found = parse(text)
    if found is None:
        return (INVALID_IP,)
    try:
        exact = ipaddress.ip_address(text)
    except ValueError:
        return ("must not have leading 0s",)
    if exact != found:
        return ("must not be an IPv4-mapped IPv6 address",)
    return () if str(found) == text else (f'must be in canonical form ("{found}")',)


def canonical_cidr(field: str, text: str) -> list[FieldError]:
    """Check a CIDR where newer fields ask for the one canonical spelling."""
    found = parse_cidr(text)
    if found is None:
        return [fielderrors.invalid(field, text, INVALID_CIDR)]
    address, network = found
    if address != network.network_address:
        return [fielderrors.invalid(field, text, "must not have bits set beyond the prefix length")]
    return [] if str(network) == text else [fielderrors.invalid(field, text, f'must be in canonical form ("{network}")')]


@lru_cache(maxsize=65536)
def special(text: str) -> tuple[str, ...]:
    """Return why an address is no good as an endpoint or an external IP: unspecified, loopback, link-local."""
    found = parse(text)
    if found is None:
        return ("must be a valid IP address",)
    problems = []
    if found.is_unspecified:
        problems.append(f"may not be unspecified ({text})")
    if found.is_loopback:
        problems.append("may not be in the loopback range (127.0.0.0/8, ::1/128)")
    if found.is_link_local:
        problems.append("may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    if found.is_multicast and str(found).startswith(("224.0.0.", "ff02:")):
        problems.append("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
    return tuple(problems)


def warnings(field: str, text: str) -> list[str]:
    """Return the warnings about an address in a spelling that is not the usual one."""
    import ipaddress

    found = parse(text)
    if found is None:
        return []
    try:
        exact = ipaddress.ip_address(text)
    except ValueError:
        exact = None
    if exact is None or exact != found:
        return [f'{field}: non-standard IP address "{text}" will be considered invalid in a future Kubernetes release: use "{found}"']
    if found.version == 6 and str(found) != text:
        return [f'{field}: IPv6 address "{text}" should be in RFC 5952 canonical format ("{found}")']
    return []


def cidr_warnings(field: str, text: str) -> list[str]:
    """Return the warnings about a CIDR in a spelling that is not the usual one."""
    found = parse_cidr(text)
    if found is None:
        return []
    address, network = found
    warned = []
    if address != network.network_address:
        single = f"{address}/{address.max_prefixlen}"
        warned.append(f'{field}: CIDR value "{text}" is ambiguous in this context (should be "{network}" or "{single}"?)')
    if not _is_strict(text):
        warned.append(f'{field}: non-standard CIDR value "{text}" will be considered invalid in a future Kubernetes release: use "{network}"')
    if not warned and network.version == 6 and str(network) != text:
        warned.append(f'{field}: IPv6 CIDR value "{text}" should be in RFC 5952 canonical format ("{network}")')
    return warned


def _is_strict(cidr: str) -> bool:
    """Tell whether newer readers, too, take a CIDR: no leading zeros, and no IPv4 in IPv6."""
    import ipaddress

    text, _, bits = cidr.partition("/")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return (address.version == 4 or address.ipv4_mapped is None) and str(int(bits)) == bits
