"""Rules for names and other short texts, in the words of apimachinery util/validation. Each returns what is wrong, or nothing."""

import re
from collections.abc import Callable
from functools import cache, lru_cache

Messages = tuple[str, ...]
NameRule = Callable[[str, bool], Messages]

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # as apimachinery util/rand: no vowels, nothing that looks alike
_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL_UNDERSCORE = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = _LABEL + r"(\." + _LABEL + ")*"
_DNS_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_VALUE = "(" + _QUALIFIED + ")?"
_WILDCARD = r"\*\." + _SUBDOMAIN
_ENV = "[-._a-zA-Z][-._a-zA-Z0-9]*"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_PERCENT = "[0-9]+%"
_HTTP_HEADER = "[-A-Za-z0-9]+"
_HTTP_PATH = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"

_SUBDOMAIN_UNDERSCORE = _LABEL_UNDERSCORE + r"(\." + _LABEL_UNDERSCORE + ")*"


@cache
def _match(form: str) -> Callable[[str], object]:
    """Return the test for an expression, compiled when first needed: all at once would cost every command 2 ms."""
    return re.compile(form).fullmatch


_QUALIFIED_TEXT = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
_SUBDOMAIN_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
)


def max_length(limit: int) -> str:
    """Return the message about a text that is too long."""
    return f"must be no more than {limit} characters"


def in_range(low: int, high: int) -> str:
    """Return the message about a number out of range."""
    return f"must be between {low} and {high}, inclusive"


def regex_error(text: str, form: str, *examples: str) -> str:
    """Return the message about a text that does not match a regular expression."""
    if not examples:
        return f"{text} (regex used for validation is '{form}')"
    listed = " or ".join(f"'{example}', " for example in examples)
    return f"{text} (e.g. {listed}regex used for validation is '{form}')"


@lru_cache(maxsize=4096)
def dns_label(value: str) -> Messages:
    """Check a DNS-1123 label."""
    if len(value) <= 63 and _match(_LABEL)(value):
        return ()
    found = [max_length(63)] if len(value.encode()) > 63 else []
    if not _match(_LABEL)(value):
        text = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
        found.append("must not contain dots" if _match(_SUBDOMAIN)(value) else regex_error(text, _LABEL, "my-name", "123-abc"))
    return tuple(found)


@lru_cache(maxsize=16384)
def dns_subdomain(value: str) -> Messages:
    """Check a DNS-1123 subdomain."""
    if len(value) <= 253 and _match(_SUBDOMAIN)(value):
        return ()
    found = [max_length(253)] if len(value.encode()) > 253 else []
    if not _match(_SUBDOMAIN)(value):
        found.append(regex_error(_SUBDOMAIN_TEXT, _SUBDOMAIN, "example.com"))
    return tuple(found)


def dns_subdomain_with_underscore(value: str) -> Messages:
    """Check a DNS-1123 subdomain whose labels may hold underscores."""
    found = [max_length(253)] if len(value.encode()) > 253 else []
    if not _match(_SUBDOMAIN_UNDERSCORE)(value):
        # kube-apiserver 1.33 names the expression without underscores here.
        text = _SUBDOMAIN_TEXT.replace("characters, '-' or '.'", "characters, '_', '-' or '.'")
        found.append(regex_error(text, _SUBDOMAIN, "example.com"))
    return tuple(found)


@lru_cache(maxsize=4096)
def dns_1035_label(value: str) -> Messages:
    """Check a DNS-1035 label, as names of Services are."""
    found = [max_length(63)] if len(value.encode()) > 63 else []
    if not _match(_DNS_1035)(value):
        text = (
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', "
            "start with an alphabetic character, and end with an alphanumeric character"
        )
        found.append(regex_error(text, _DNS_1035, "my-name", "abc-123"))
    return tuple(found)


def wildcard_subdomain(value: str) -> Messages:
    """Check a host such as *.example.com."""
    found = [max_length(253)] if len(value.encode()) > 253 else []
    if not _match(_WILDCARD)(value):
        text = (
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, "
            "which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character"
        )
        found.append(regex_error(text, _WILDCARD, "*.example.com"))
    return tuple(found)


@lru_cache(maxsize=4096)
def qualified_name(value: str) -> Messages:
    """Check a qualified name such as example.com/my-name: keys of labels, finalizers."""
    parts = value.split("/")
    form = regex_error(_QUALIFIED_TEXT, _QUALIFIED, "MyName", "my.name", "123-abc")
    if len(parts) > 2:
        return (f"a qualified name {form} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",)
    found: list[str] = []
    if len(parts) == 2:
        found += [f"prefix part {text}" for text in (dns_subdomain(parts[0]) if parts[0] else ("must be non-empty",))]
    name = parts[-1]
    if not name:
        found.append("name part must be non-empty")
    elif len(name.encode()) > 63:
        found.append("name part " + max_length(63))
    if not _match(_QUALIFIED)(name):
        found.append("name part " + form)
    return tuple(found)


@lru_cache(maxsize=16384)
def label_value(value: str) -> Messages:
    """Check the value of a label."""
    if len(value) <= 63 and _match(_LABEL_VALUE)(value):
        return ()
    found = [max_length(63)] if len(value.encode()) > 63 else []
    if not _match(_LABEL_VALUE)(value):
        text = (
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
            "and must start and end with an alphanumeric character"
        )
        found.append(regex_error(text, _LABEL_VALUE, "MyValue", "my_value", "12345"))
    return tuple(found)


def path_segment(value: str, prefix: bool = False) -> Messages:
    """Check a name that stands in a URL's path, as names of roles are."""
    if not prefix and value in (".", ".."):
        return (f"may not be '{value}'",)
    return tuple(f"may not contain '{part}'" for part in ("/", "%") if part in value)


def _dots(value: str) -> list[str]:
    if value in (".", ".."):
        return [f"must not be '{value}'"]
    return ["must not start with '..'"] if value.startswith("..") else []


@lru_cache(maxsize=4096)
def env_var_name(value: str) -> Messages:
    """Check the strict form of an environment variable's name, as kubectl asks for it."""
    text = "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit"
    found = [] if _match(_ENV)(value) else [regex_error(text, _ENV, "my.env-name", "MY_ENV.NAME", "MyEnvName1")]
    return (*found, *_dots(value))


@lru_cache(maxsize=4096)
def relaxed_env_var_name(value: str) -> Messages:
    """Check the form of an environment variable's name that kube-apiserver takes since v1.32."""
    if not value:
        return ("environment variable name must be non-empty",)
    if any(not " " <= letter <= "~" or letter == "=" for letter in value):
        return ("a valid environment variable name must consist only of printable ASCII characters other than '='",)
    return ()


@lru_cache(maxsize=4096)
def config_map_key(value: str) -> Messages:
    """Check a key of a ConfigMap's or Secret's data."""
    found = [max_length(253)] if len(value.encode()) > 253 else []
    if not _match(_CONFIG_KEY)(value):
        text = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        found.append(regex_error(text, _CONFIG_KEY, "key.name", "KEY_NAME", "key-name"))
    return (*found, *_dots(value))


@lru_cache(maxsize=1024)
def port_name(value: str) -> Messages:
    """Check an IANA_SVC_NAME."""
    found = [max_length(15)] if len(value.encode()) > 15 else []
    if not re.fullmatch("[-a-z0-9]+", value):
        found.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", value):
        found.append("must contain at least one letter (a-z)")
    if "--" in value:
        found.append("must not contain consecutive hyphens")
    if value and "-" in (value[0], value[-1]):
        found.append("must not begin or end with a hyphen")
    return tuple(found)


def port_number(value: int) -> Messages:
    """Check the number of a port."""
    return () if 1 <= value <= 65535 else (in_range(1, 65535),)


def percent(value: str) -> Messages:
    """Check a percentage such as 25%."""
    if _match(_PERCENT)(value):
        return ()
    return (regex_error("a valid percent string must be a numeric string followed by an ending '%'", _PERCENT, "1%", "93%"),)


def http_header(value: str) -> Messages:
    """Check the name of an HTTP header."""
    if _match(_HTTP_HEADER)(value):
        return ()
    return (regex_error("a valid HTTP header must consist of alphanumeric characters or '-'", _HTTP_HEADER, "X-Header-Name"),)


def fully_qualified(value: str) -> Messages:
    """Check a domain of at least three segments; an empty one is for the caller to refuse as required."""
    found = dns_subdomain(value)
    if found:
        return (",".join(found),)
    return () if value.count(".") >= 2 else ("should be a domain with at least three segments separated by dots",)


def domain_prefixed_path(value: str) -> Messages:
    """Check a text such as acme.io/foo; an empty one is for the caller to refuse as required."""
    host, _, path = value.partition("/")
    if not host or not path:
        return ('must be a domain-prefixed path (such as "acme.io/foo")',)
    found = dns_subdomain(host)
    return found if _match(_HTTP_PATH)(path) else (*found, regex_error("Invalid path", _HTTP_PATH))


def ip(value: str) -> Messages:
    """Check an IP address; leading zeros pass, as they do in kube-apiserver's older fields."""
    return () if canonical_ip(value) is not None else ("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",)


@lru_cache(maxsize=4096)
def canonical_ip(value: str) -> str | None:
    """Return an IP address in its canonical form, or None where it is none."""
    if _is_plain_ip(value):
        return value
    import ipaddress

    try:
        return str(ipaddress.ip_address(_without_zeros(value)))
    except ValueError:
        return None


def _is_plain_ip(value: str) -> bool:
    """Tell whether it is an IPv4 address in its canonical form: nearly all are, and ipaddress is slow to import."""
    parts = value.split(".") if value.isascii() and len(value) < 16 else ()
    return len(parts) == 4 and all(part.isdigit() and (part == "0" or part[0] != "0") and int(part) < 256 for part in parts)


def _without_zeros(value: str) -> str:
    if "%" in value or ":" in value or value.count(".") != 3:
        return value.partition("%")[0] + ("%" if "%" in value else "")
    parts = value.split(".")
    return ".".join(str(int(part)) if part.isascii() and part.isdigit() else part for part in parts)


def _masked(rule: Callable[[str], Messages]) -> NameRule:
    def check(value: str, prefix: bool = False) -> Messages:
        # Something is appended to a prefix, so that it may end in a dash (apimachinery's maskTrailingDash).
        return rule(value[:-2] + "a" if prefix and len(value) > 1 and value.endswith("-") else value)

    return check


# Rules for metadata.name and generateName, called with whether the text is only a prefix.
is_dns_subdomain = _masked(dns_subdomain)
is_dns_label = _masked(dns_label)
is_dns_1035_label = _masked(dns_1035_label)
is_path_segment: NameRule = path_segment


def safe(data: bytes) -> str:
    """Return a letter for each byte that spells no word and is not mistaken for another (apimachinery's rand.SafeEncodeString)."""
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in data)


def suffix(choose: Callable[[str], str]) -> str:
    """Return the five letters that make a name unlike others; `choose` takes one of a text by chance."""
    return "".join(choose(_LETTERS) for _ in range(5))
