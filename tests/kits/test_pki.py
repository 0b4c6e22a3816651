"""Certificates: what an authority issues is trusted, for its purpose and in its time, and nothing else is."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from minikube_py.kits import pki

NOW = 1767225600.0  # 2026-01-01T00:00:00Z
AUTHORITY = pki.new_authority("testCA", now=NOW)
JANE = pki.issue(AUTHORITY, "jane", purpose=pki.CLIENT, now=NOW, organizations=("dev", "ops"), uid="u-1")


def trusted(certificate: bytes, *, authorities: bytes = AUTHORITY.certificate, purpose: str = pki.CLIENT, now: float = NOW) -> pki.Identity:
    return pki.verify(certificate, authorities, purpose=purpose, now=now)


def refusal(certificate: bytes, **options: Any) -> str:
    with pytest.raises(pki.UntrustedError) as caught:
        trusted(certificate, **options)
    return str(caught.value)


def test_a_certificate_names_user_and_groups() -> None:
    der = x509.load_pem_x509_certificate(JANE.certificate).public_bytes(serialization.Encoding.DER)
    found = trusted(JANE.certificate)
    assert found[:3] == ("jane", ("dev", "ops"), ("u-1",))
    assert found == trusted(der)
    assert found.fingerprint == x509.load_der_x509_certificate(der).fingerprint(hashes.SHA256()).hex()


def test_an_authority_is_one_for_ten_years() -> None:
    found = x509.load_pem_x509_certificate(AUTHORITY.certificate)
    assert found.not_valid_after_utc == datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=3650)
    assert found.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(ca=True, path_length=None)
    usage = found.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.key_cert_sign, usage.crl_sign, usage.digital_signature, usage.key_encipherment) == (True, True, True, False)


def test_a_servers_certificate_is_for_its_hosts() -> None:
    made = pki.issue(AUTHORITY, "api", purpose=pki.SERVER, now=NOW, hosts=("kubernetes.default", "localhost", "127.0.0.1", "::1"))
    names = x509.load_pem_x509_certificate(made.certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["kubernetes.default", "localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    assert trusted(made.certificate, purpose=pki.SERVER).common_name == "api"
    assert refusal(made.certificate) == "the certificate is not meant for a client"
    assert refusal(JANE.certificate, purpose=pki.SERVER) == "the certificate is not meant for a server"


def test_openssl_shakes_hands_with_them(tmp_path: Path) -> None:
    server = pki.issue(AUTHORITY, "api", purpose=pki.SERVER, now=datetime.now(UTC).timestamp(), hosts=("localhost",))
    names = {"server": server, "client": pki.issue(AUTHORITY, "jane", purpose=pki.CLIENT, now=datetime.now(UTC).timestamp())}
    for name, pair in names.items():
        (tmp_path / f"{name}.crt").write_bytes(pair.certificate)
        (tmp_path / f"{name}.key").write_bytes(pair.key)
    text = AUTHORITY.certificate.decode()
    ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cadata=text)
    ours.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    ours.load_verify_locations(cadata=text)
    ours.verify_mode = ssl.CERT_REQUIRED
    theirs.load_cert_chain(tmp_path / "client.crt", tmp_path / "client.key")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (theirs.wrap_bio(to_client, to_server, server_hostname="localhost"), ours.wrap_bio(to_server, to_client, server_side=True))
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    shown = ends[1].getpeercert(binary_form=True)
    assert shown is not None
    assert trusted(shown, now=datetime.now(UTC).timestamp()).common_name == "jane"


def test_its_time_is_kept() -> None:
    year = 365 * pki.DAY
    assert refusal(JANE.certificate, now=NOW - 301) == "the certificate is not valid yet"
    assert trusted(JANE.certificate, now=NOW - 300).common_name == "jane"
    assert trusted(JANE.certificate, now=NOW + year).common_name == "jane"
    assert refusal(JANE.certificate, now=NOW + year + 1) == "the certificate has expired"
    late = pki.issue(AUTHORITY, "late", purpose=pki.CLIENT, now=NOW + 9.9 * year)
    assert refusal(late.certificate, now=NOW + 10.1 * year) == "the certificate has expired"  # its authority has


def test_an_authority_of_the_same_name_is_another_one() -> None:
    forger = pki.new_authority("testCA", now=NOW)
    forged = pki.issue(forger, "jane", purpose=pki.CLIENT, now=NOW)
    assert refusal(forged.certificate) == "the certificate is signed by an unknown authority"
    assert refusal(JANE.certificate, authorities=b"") == "the certificate is signed by an unknown authority"
    assert trusted(forged.certificate, authorities=AUTHORITY.certificate + forger.certificate).common_name == "jane"


def test_a_client_is_no_authority() -> None:
    made = pki.issue(JANE, "root", purpose=pki.CLIENT, now=NOW)
    assert refusal(made.certificate) == "the certificate is signed by an unknown authority"
    assert refusal(made.certificate, authorities=JANE.certificate) == "the certificate is signed by an unknown authority"


Change = Callable[[x509.CertificateBuilder], x509.CertificateBuilder]


def built(change: Change = lambda builder: builder, *, hashed: Any = None, usages: bool = True) -> bytes:
    """A certificate that the authority has signed, whatever is in it."""
    issuer = x509.load_pem_x509_certificate(AUTHORITY.certificate)
    signer = serialization.load_pem_private_key(AUTHORITY.key, None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "first"), x509.NameAttribute(NameOID.COMMON_NAME, "last")])
    begin = datetime.fromtimestamp(NOW, UTC)
    builder = x509.CertificateBuilder(issuer.subject, name, ec.generate_private_key(ec.SECP256R1()).public_key(), 7, begin, begin + timedelta(days=1))
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]), critical=True)
    return change(builder).sign(signer, hashed or hashes.SHA384()).public_bytes(serialization.Encoding.PEM)


def test_other_peoples_certificates_of_our_authority() -> None:
    assert trusted(built())[:3] == ("last", (), ())
    assert refusal(built(usages=False)) == "the certificate is not meant for a client"
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert trusted(built(lambda builder: builder.add_extension(unknown, critical=False))).common_name == "last"
    assert refusal(built(lambda builder: builder.add_extension(unknown, critical=True))) == (
        "the certificate has the critical extension 1.2.3.4, which is not understood"
    )
    assert refusal(built(hashed=hashes.SHA224())) == "the certificate is signed with sha224"


def test_keys_of_other_kinds_can_be_brought() -> None:
    key = rsa.generate_private_key(65537, 2048)
    spelled = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rsaCA")])
    begin = datetime.fromtimestamp(NOW, UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + timedelta(days=9))
    signed = builder.add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())
    authority = pki.Pair(signed.public_bytes(serialization.Encoding.PEM), spelled)
    made = pki.issue(authority, "jane", purpose=pki.CLIENT, now=NOW)
    assert trusted(made.certificate, authorities=authority.certificate).common_name == "jane"


def test_what_needs_renewal() -> None:
    made = pki.issue(AUTHORITY, "api", purpose=pki.SERVER, now=NOW, hosts=("localhost", "127.0.0.1"))
    assert not pki.needs_renewal(made, AUTHORITY, now=NOW, hosts=("127.0.0.1",))
    assert not pki.needs_renewal(made, AUTHORITY, now=NOW + 334 * pki.DAY)
    assert pki.needs_renewal(made, AUTHORITY, now=NOW + 336 * pki.DAY)
    assert pki.needs_renewal(made, AUTHORITY, now=NOW, hosts=("localhost", "192.168.49.2"))
    assert pki.needs_renewal(made, pki.new_authority("testCA", now=NOW), now=NOW)
    assert pki.needs_renewal(pki.Pair(made.certificate, JANE.key), AUTHORITY, now=NOW)
    assert pki.needs_renewal(pki.Pair(made.certificate[:200], made.key), AUTHORITY, now=NOW)


def test_public_half() -> None:
    key = pki.new_key()
    assert pki.public_key(key).startswith(b"-----BEGIN PUBLIC KEY-----\n")
    assert pki.public_key(key) == pki.public_key(key) != pki.public_key(pki.new_key())


DER = x509.load_pem_x509_certificate(JANE.certificate).public_bytes(serialization.Encoding.DER)


@given(st.integers(0, len(DER) - 1), st.integers(1, 255))
def test_a_changed_byte_is_seen(place: int, change: int) -> None:
    forged = bytearray(DER)
    forged[place] ^= change
    with pytest.raises(pki.UntrustedError):
        trusted(bytes(forged))


@given(st.binary(max_size=300) | st.integers(0, len(DER) - 1).map(lambda end: DER[:end]) | st.binary(max_size=50).map(lambda more: DER[:99] + more))
def test_rubbish_is_refused(shown: bytes) -> None:
    with pytest.raises(pki.UntrustedError):
        trusted(shown)


def test_a_huge_one_is_not_even_read() -> None:
    assert refusal(b"0" * (1 << 17)) == "the certificate is too large"


def test_a_serial_number_is_positive() -> None:
    forged = bytearray(DER)
    forged[15] ^= 128
    with pytest.raises(pki.UntrustedError):
        trusted(bytes(forged))


def test_a_certificate_that_was_good_is_judged_by_the_time_of_each_look() -> None:
    authority = pki.new_authority("ca", now=NOW)
    pair = pki.issue(authority, "jane", purpose=pki.CLIENT, now=NOW, days=1)
    assert pki.verify(pair.certificate, authority.certificate, purpose=pki.CLIENT, now=NOW).common_name == "jane"
    for when, text in ((NOW + 2 * pki.DAY, "has expired"), (NOW - pki.DAY, "is not valid yet")):
        with pytest.raises(pki.UntrustedError, match=text):
            pki.verify(pair.certificate, authority.certificate, purpose=pki.CLIENT, now=when)
    other = pki.new_authority("ca", now=NOW)
    with pytest.raises(pki.UntrustedError, match="unknown authority"):
        pki.verify(pair.certificate, other.certificate, purpose=pki.CLIENT, now=NOW)
