"""PKCS #10 certificate requests (RFC 2986): what they ask for, without checking the signature."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\s*(.*?)-----END \1-----", re.DOTALL)
_SEQUENCE, _SET, _OID, _OCTETS, _ATTRIBUTES = 0x30, 0x31, 0x06, 0x04, 0xA0
_EXTENSIONS, _ALTERNATIVE_NAMES = "1.2.840.113549.1.9.14", "2.5.29.17"
_ATTRIBUTE_TYPE = "2.5.4."
_UTF16 = 0x1E  # BMPString
_NO_BLOCK = "PEM block type must be CERTIFICATE REQUEST"
COMMON_NAME, SERIAL_NUMBER, COUNTRY, LOCALITY, PROVINCE, STREET, ORGANIZATION, UNIT, POSTAL_CODE = 3, 5, 6, 7, 8, 9, 10, 11, 17
EMAIL, DNS, URI, ADDRESS = 0x81, 0x82, 0x86, 0x87


class CertificateRequest(NamedTuple):
    """The subject by the last number of the attribute's type (COMMON_NAME ...), alternative names by tag (DNS ...)."""

    subject: dict[int, list[str]]
    names: dict[int, list[str]]


class _TruncatedError(Exception):
    """An element that ends before it should."""


def parse(text: str) -> CertificateRequest:
    """Read a request in PEM; ValueError where it is none."""
    match = _BLOCK.search(text)
    if match is None or match.group(1) not in ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"):
        raise ValueError(_NO_BLOCK)
    try:
        der = base64.b64decode("".join(match.group(2).split()), validate=True)
    except binascii.Error:
        raise ValueError(_NO_BLOCK) from None
    try:
        ((_, request),) = _elements(der)
        _, info = next(_elements(request))
        _, (_, subject), _, *rest = _elements(info)
        return CertificateRequest(_subject(subject), _alternative_names(rest))
    except _TruncatedError as error:
        raise ValueError(f"asn1: syntax error: {error}") from error
    except (ValueError, StopIteration, UnicodeDecodeError) as error:
        raise ValueError("asn1: structure error: not a certificate request") from error


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of each DER element."""
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            raise _TruncatedError("truncated tag or length")
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        if at + length > len(data):
            raise _TruncatedError("data truncated")
        yield tag, data[at : at + length]
        at += length


def _oid(content: bytes) -> str:
    numbers, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _subject(content: bytes) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for _, group in _elements(content):
        for _, pair in _elements(group):
            (_, kind), (tag, value) = _elements(pair)
            dotted = _oid(kind)
            if dotted.startswith(_ATTRIBUTE_TYPE):
                text = value.decode("utf-16-be" if tag == _UTF16 else "utf-8")
                found.setdefault(int(dotted.removeprefix(_ATTRIBUTE_TYPE)), []).append(text)
    return found


def _alternative_names(attributes: list[tuple[int, bytes]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for extension in _extensions(attributes):
        (_, kind), *_, (_, value) = _elements(extension)
        if _oid(kind) != _ALTERNATIVE_NAMES:
            continue
        ((_, names),) = _elements(value)
        for tag, name in _elements(names):
            found.setdefault(tag, []).append(_address(name) if tag == ADDRESS else name.decode())
    return found


def _extensions(attributes: list[tuple[int, bytes]]) -> Iterator[bytes]:
    for tag, content in attributes:
        if tag != _ATTRIBUTES:
            continue
        for _, attribute in _elements(content):
            (_, kind), (_, values) = _elements(attribute)
            if _oid(kind) == _EXTENSIONS:
                for _, extensions in _elements(values):
                    yield from (extension for _, extension in _elements(extensions))


def _address(octets: bytes) -> str:
    import ipaddress

    return str(ipaddress.ip_address(octets))
