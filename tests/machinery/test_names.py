import ipaddress
import re

import pytest

from minikube_py.machinery import names

LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric "
    "character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
QUALIFIED = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or "
    "'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        ("a", ()),
        ("a-b-9", ()),
        ("a.b", ("must not contain dots",)),
        ("A", (LABEL,)),
        ("-a", (LABEL,)),
        ("a\n", (LABEL,)),
        ("", (LABEL,)),
        ("a" * 64, ("must be no more than 63 characters",)),
    ],
)
def test_dns_label(value: str, messages: tuple[str, ...]) -> None:
    assert names.dns_label(value) == messages


@pytest.mark.parametrize(
    ("value", "messages"),
    [("a.b-c", ()), ("a..b", (SUBDOMAIN,)), ("a" * 254, ("must be no more than 253 characters",)), ("Web_1", (SUBDOMAIN,))],
)
def test_dns_subdomain(value: str, messages: tuple[str, ...]) -> None:
    assert names.dns_subdomain(value) == messages


def test_dns_1035_label() -> None:
    assert names.dns_1035_label("web-1") == ()
    assert names.dns_1035_label("1-web") == (
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an "
        "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    )


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        ("app.kubernetes.io/name", ()),
        ("App_1", ()),
        ("", ("name part must be non-empty", "name part " + QUALIFIED)),
        ("/a", ("prefix part must be non-empty",)),
        ("Up/a", ("prefix part " + SUBDOMAIN,)),
        ("a/b/c", (f"a qualified name {QUALIFIED} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",)),
        ("a" * 63, ()),
        ("a" * 64, ("name part must be no more than 63 characters",)),
    ],
)
def test_qualified_name(value: str, messages: tuple[str, ...]) -> None:
    assert names.qualified_name(value) == messages


def test_label_value() -> None:
    assert names.label_value("") == names.label_value("v1.2_3") == ()
    assert names.label_value("-x") == (
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
        "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    )


def test_path_segment() -> None:
    assert names.path_segment("system:node") == ()
    assert names.path_segment("..") == ("may not be '..'",)
    assert names.path_segment("..", prefix=True) == ()
    assert names.path_segment("a/b%") == ("may not contain '/'", "may not contain '%'")


def test_port_name() -> None:
    assert names.port_name("http-1") == ()
    assert names.port_name("a-very-long-name-") == ("must be no more than 15 characters", "must not begin or end with a hyphen")
    assert names.port_name("80") == ("must contain at least one letter (a-z)",)
    assert names.port_name("a--b") == ("must not contain consecutive hyphens",)
    assert names.port_name("HTTP") == (
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        "must contain at least one letter (a-z)",
    )


def test_environment_names() -> None:
    assert names.relaxed_env_var_name("1 odd:name") == ()
    text = "a valid environment variable name must consist only of printable ASCII characters other than '='"
    assert names.relaxed_env_var_name("a=b") == names.relaxed_env_var_name("a\tb") == (text,)
    assert names.env_var_name("1a")[0].startswith("a valid environment variable name must consist of alphabetic characters, digits")
    assert names.env_var_name("..a") == ("must not start with '..'",)


def test_keys_percents_and_headers() -> None:
    assert names.config_map_key("a_b.c-1") == ()
    assert names.config_map_key("..") == ("must not be '..'",)
    assert names.config_map_key("a/b") == (
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', "
        "regex used for validation is '[-._a-zA-Z0-9]+')",
    )
    assert names.percent("25%") == ()
    assert names.percent("25") == (
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    )
    assert names.http_header("X-A") == ()
    assert len(names.http_header("X A")) == 1


@pytest.mark.parametrize(
    ("text", "good"),
    [("10.0.0.1", True), ("10.000.0.01", True), ("::1", True), ("1.2.3", False), ("256.0.0.1", False), ("", False), ("fe80::1%eth0", False)],
)
def test_ip(text: str, good: bool) -> None:
    assert names.ip(text) == (() if good else ("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",))


def test_prefixes_may_end_in_a_dash() -> None:
    assert names.is_dns_subdomain("web-", True) == ()
    assert names.is_dns_subdomain("web-", False) == (SUBDOMAIN,)
    assert names.is_dns_label("a.b", False) == ("must not contain dots",)


@pytest.mark.parametrize("value", ["10.9.8.7", "0.0.0.0", "255.255.255.255", "010.9.8.7", "10.9.8.256", "10.9.8", "10.9.8.7.6", "10.9..7", "1" * 5000 + ".1.1",
                                   "²5.1.1.1", "٣.1.1.1", "1.1.1.1 ", "+1.1.1.1", "::1", "::FFFF:1.2.3.4", ""])  # fmt: skip
def test_addresses_are_spelled_as_the_library_does(value: str) -> None:
    try:
        known = str(ipaddress.ip_address(re.sub(r"^0+(?=\d)", "", value)))
    except ValueError:
        known = None
    assert names.canonical_ip(value) == known


def test_letters_of_generated_names() -> None:
    assert names.safe(b"\x00\x12\x1a\x1b0") == "bx9b4"
    assert names.safe(bytes(range(27))) == "bcdfghjklmnpqrstvwxz2456789"
    assert names.suffix(lambda letters: letters[-1]) == "99999"
