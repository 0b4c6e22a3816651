"""Keys and X.509 certificates: authorities, what they issue, and whether to trust what somebody shows. All in PEM; knows nothing of Kubernetes.

Times are seconds since the epoch. Package cryptography is imported inside functions only: it takes 40 ms.
"""

import functools
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
    from cryptography.x509 import Certificate, Extensions, Name

DAY = 86400.0
AUTHORITY_DAYS, ISSUED_DAYS = 3650, 365
SERVER, CLIENT = "server", "client"
_SKEW = 300.0  # seconds that other machines' clocks may be behind
# What this module looks at, or may pass over (RFC 5280 4.2): of any other extension, a critical one is refused.
_KNOWN = ("basicConstraints", "keyUsage", "extendedKeyUsage", "subjectAltName", "authorityKeyIdentifier", "subjectKeyIdentifier")
_HASHES = ("sha256", "sha384", "sha512")
_LARGEST = 64 * 1024  # bytes of a certificate that somebody shows
_UID = "1.3.6.1.4.1.57683.2"  # the attribute of a subject that carries a user's uid


class Pair(NamedTuple):
    """A certificate and its private key, in PEM."""

    certificate: bytes
    key: bytes


class Identity(NamedTuple):
    """Whom a certificate names. `fingerprint` is the SHA-256 of its DER form, in hexadecimal."""

    common_name: str
    organizations: tuple[str, ...]
    uids: tuple[str, ...]
    fingerprint: str


class UntrustedError(ValueError):
    """A certificate that is not to be trusted."""


def new_key() -> bytes:
    """Return a new private key on the curve P-256."""
    from cryptography.hazmat.primitives.asymmetric import ec

    return _spelled_key(ec.generate_private_key(ec.SECP256R1()))


def public_key(key: bytes) -> bytes:
    """Return the public half of a private key."""
    from cryptography.hazmat.primitives import serialization as forms

    public = forms.load_pem_private_key(key, None).public_key()
    return public.public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)


def new_authority(name: str, *, now: float, days: int = AUTHORITY_DAYS) -> Pair:
    """Return a new certificate authority, which signs itself."""
    from cryptography import x509

    key = _loaded_key(new_key())
    builder = _builder(_subject(name), _subject(name), key.public_key(), key.public_key(), now, days)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(authority=True), critical=True)
    return Pair(_signed(builder, key), _spelled_key(key))


def issue(authority: Pair, name: str, *, purpose: str, now: float, organizations: Iterable[str] = (), hosts: Sequence[str] = (),
          uid: str = "", days: float = ISSUED_DAYS) -> Pair:  # fmt: skip
    """Return a certificate of an authority, with a new key. `purpose` is SERVER or CLIENT; `hosts` are DNS names and IP addresses."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key, signer, issuer = _loaded_key(new_key()), _loaded_key(authority.key), _loaded(authority.certificate)
    builder = _builder(_subject(name, organizations, uid), issuer.subject, key.public_key(), issuer.public_key(), now, days)
    usage = ExtendedKeyUsageOID.SERVER_AUTH if purpose == SERVER else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(authority=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False)
    return Pair(_signed(builder, signer), _spelled_key(key))


class Request(NamedTuple):
    """What somebody asks a certificate for (PKCS #10)."""

    common_name: str
    organizations: tuple[str, ...]
    hosts: tuple[str, ...]  # DNS names
    addresses: tuple[str, ...]
    others: tuple[str, ...]  # mail addresses and URIs


def read_request(request: bytes) -> Request:
    """Return what a request in PEM asks for; ValueError where it cannot be read or is not signed with its own key."""
    from cryptography import exceptions, x509
    from cryptography.x509.oid import NameOID

    try:
        found = x509.load_pem_x509_csr(request)
        genuine = found.is_signature_valid
    except (TypeError, exceptions.UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from error
    if not genuine:
        raise ValueError("the signature is not that of the request's own key")
    names = _value(found.extensions, x509.SubjectAlternativeName)
    commons, organizations = (tuple(str(item.value) for item in found.subject.get_attributes_for_oid(oid))
                              for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME))  # fmt: skip

    def of(kind: Any) -> tuple[str, ...]:
        return () if names is None else tuple(str(item) for item in names.get_values_for_type(kind))

    return Request(commons[-1] if commons else "", organizations, of(x509.DNSName), of(x509.IPAddress),
                   (*of(x509.RFC822Name), *of(x509.UniformResourceIdentifier)))  # fmt: skip


def answer(authority: Pair, request: bytes, *, usages: Iterable[str], now: float, seconds: float) -> bytes:
    """Return the certificate that an authority makes of a request. `usages` are `digital signature`, `key encipherment`, SERVER and CLIENT."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    asked, signer, issuer = x509.load_pem_x509_csr(request), _loaded_key(authority.key), _loaded(authority.certificate)
    wanted = set(usages)
    plain = dict.fromkeys(("content_commitment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)
    plain |= {"digital_signature": "digital signature" in wanted, "key_encipherment": "key encipherment" in wanted}
    extended = [oid for word, oid in ((SERVER, ExtendedKeyUsageOID.SERVER_AUTH), (CLIENT, ExtendedKeyUsageOID.CLIENT_AUTH)) if word in wanted]
    builder = _builder(asked.subject, issuer.subject, asked.public_key(), issuer.public_key(), now, seconds / DAY)
    if any(plain.values()):
        builder = builder.add_extension(x509.KeyUsage(**plain), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    names = _value(asked.extensions, x509.SubjectAlternativeName)
    if names is not None:
        builder = builder.add_extension(names, critical=False)
    return _signed(builder, signer)


def verify(certificate: bytes, authorities: bytes, *, purpose: str, now: float) -> Identity:
    """Return whom a certificate (PEM or DER) names, if one of the authorities issued it, it is valid now and meant for this purpose.

    UntrustedError tells what is wrong. Only certificates that an authority signed itself are trusted: nobody sends intermediate ones.
    """
    found = _verified(certificate, authorities, purpose)
    for begin, end in found.lives:
        _check_validity(begin, end, now)
    return found.identity


class _Verified(NamedTuple):
    """What is true of a certificate at any time; `lives` are when it, and who issued it, are valid."""

    identity: Identity
    lives: tuple[tuple[float, float], ...]


@functools.lru_cache(maxsize=256)  # who comes again with the same certificate is known; what is refused is looked at each time
def _verified(certificate: bytes, authorities: bytes, purpose: str) -> _Verified:
    from cryptography import exceptions, x509

    try:
        shown = _loaded(certificate)
        _check_extensions(shown, purpose)
        issuer = _issuer(shown, x509.load_pem_x509_certificates(authorities) if authorities else [])
        lives = tuple((one.not_valid_before_utc.timestamp(), one.not_valid_after_utc.timestamp()) for one in (shown, issuer))
        return _Verified(_identity(shown), lives)
    except UntrustedError:
        raise
    except (ValueError, TypeError, OverflowError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType,
            exceptions.UnsupportedAlgorithm, exceptions.InvalidSignature) as error:  # fmt: skip
        raise UntrustedError(f"no certificate that can be read: {error}") from error


def needs_renewal(pair: Pair, authority: Pair, *, now: float, hosts: Sequence[str] = (), left: float = 30 * DAY) -> bool:
    """Tell whether a pair must be issued anew: soon out of date, of another authority, for other hosts, or not a pair at all."""
    from cryptography import exceptions, x509

    try:
        found = _loaded(pair.certificate)
        found.verify_directly_issued_by(_loaded(authority.certificate))
        if hosts:
            names = set(found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
            if not names.issuperset(map(_general_name, hosts)):
                return True
        if _loaded_key(pair.key).public_key() != found.public_key():
            return True
    except (ValueError, TypeError, exceptions.InvalidSignature, x509.ExtensionNotFound):
        return True
    return not found.not_valid_before_utc.timestamp() <= now < found.not_valid_after_utc.timestamp() - left


def flaw(pair: Pair) -> str:
    """Return why a pair cannot issue anything; empty where it can."""
    from cryptography import exceptions

    try:
        certificate = _loaded(pair.certificate)
    except (ValueError, TypeError, exceptions.UnsupportedAlgorithm):
        return "the certificate cannot be read"
    try:
        key = _loaded_key(pair.key)
    except (ValueError, TypeError, exceptions.UnsupportedAlgorithm):
        return "the key cannot be read"
    return "" if key.public_key() == certificate.public_key() else "the key is not that of the certificate"


def _check_validity(begin: float, end: float, now: float) -> None:
    if now < begin:
        raise UntrustedError("the certificate is not valid yet")
    if now > end:
        raise UntrustedError("the certificate has expired")


def _check_extensions(certificate: "Certificate", purpose: str) -> None:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    extensions = certificate.extensions
    for extension in extensions:
        if extension.critical and extension.oid._name not in _KNOWN:
            raise UntrustedError(f"the certificate has the critical extension {extension.oid.dotted_string}, which is not understood")
    wanted = ExtendedKeyUsageOID.SERVER_AUTH if purpose == SERVER else ExtendedKeyUsageOID.CLIENT_AUTH
    usages = _value(extensions, x509.ExtendedKeyUsage)
    if usages is None or not {wanted, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(usages):
        raise UntrustedError(f"the certificate is not meant for a {purpose}")


def _issuer(certificate: "Certificate", authorities: "list[Certificate]") -> "Certificate":
    from cryptography import exceptions, x509

    hashed = certificate.signature_hash_algorithm
    if hashed is not None and hashed.name not in _HASHES:
        raise UntrustedError(f"the certificate is signed with {hashed.name}")
    for authority in authorities:
        constraints = _value(authority.extensions, x509.BasicConstraints)
        if constraints is None or not constraints.ca:
            continue
        try:
            certificate.verify_directly_issued_by(authority)
        except (ValueError, TypeError, exceptions.InvalidSignature):
            continue
        return authority
    raise UntrustedError("the certificate is signed by an unknown authority")


def _identity(certificate: "Certificate") -> Identity:
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID, ObjectIdentifier

    def texts(oid: ObjectIdentifier) -> tuple[str, ...]:
        return tuple(str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(oid))

    names = texts(NameOID.COMMON_NAME)
    # Of several names the last counts, as in Go's crypto/x509.
    return Identity(names[-1] if names else "", texts(NameOID.ORGANIZATION_NAME), texts(ObjectIdentifier(_UID)),
                    certificate.fingerprint(hashes.SHA256()).hex())  # fmt: skip


def _value(extensions: "Extensions", kind: type) -> Any:
    from cryptography import x509

    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _subject(name: str, organizations: Iterable[str] = (), uid: str = "") -> "Name":
    from cryptography import x509
    from cryptography.x509.oid import NameOID, ObjectIdentifier

    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization) for organization in organizations]
    attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, name))
    if uid:
        attributes.append(x509.NameAttribute(ObjectIdentifier(_UID), uid))
    return x509.Name(attributes)


def _general_name(host: str) -> Any:
    import ipaddress

    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_usage(*, authority: bool) -> Any:
    from cryptography import x509

    return x509.KeyUsage(digital_signature=True, content_commitment=False, key_encipherment=not authority, data_encipherment=False,
                         key_agreement=False, key_cert_sign=authority, crl_sign=authority, encipher_only=False, decipher_only=False)  # fmt: skip


def _builder(subject: "Name", issuer: "Name", key: Any, signer: Any, now: float, days: float) -> Any:
    from datetime import UTC, datetime

    from cryptography import x509

    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(datetime.fromtimestamp(int(now - _SKEW), UTC)).not_valid_after(datetime.fromtimestamp(int(now + days * DAY), UTC))
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    return builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)


def _signed(builder: Any, key: Any) -> bytes:
    from cryptography.hazmat.primitives import hashes, serialization

    signed: bytes = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return signed


def _spelled_key(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization as forms

    spelled: bytes = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    return spelled


def _loaded_key(key: bytes) -> "CertificateIssuerPrivateKeyTypes":
    from cryptography.hazmat.primitives import serialization

    return serialization.load_pem_private_key(key, None)  # type: ignore[return-value]  # of the kinds that new_key makes, or an operator brought


def _loaded(certificate: bytes) -> "Certificate":
    from cryptography import x509

    if len(certificate) > _LARGEST:
        raise UntrustedError("the certificate is too large")
    load = x509.load_pem_x509_certificate if certificate.startswith(b"-----") else x509.load_der_x509_certificate
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some releases only warn of what is refused below
        shown = load(certificate)
        if shown.serial_number <= 0:
            raise UntrustedError("the certificate has no positive serial number")
    return shown
