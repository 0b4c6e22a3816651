"""Signed JSON Web Tokens in the compact form (RFC 7515, 7519), as far as clusters need them: RS256 and ES256.

No library for it takes the time from outside, nor refuses all that is not spelled in the one canonical way; the cryptography is
that of package cryptography. The algorithm follows from the key, never from the token: a header that names another one is refused.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

LARGEST = 64 * 1024  # characters of a token
_COORDINATE = 32  # bytes of each half of an ES256 signature (RFC 7518 3.4)
_SMALLEST_RSA = 2048  # bits
_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


class BadTokenError(ValueError):
    """A token that is not to be trusted; its text never holds any part of the token."""


def key_id(public: bytes) -> str:
    """Return the name of a public key (PEM): the SHA-256 of its DER form."""
    from cryptography.hazmat.primitives import serialization as forms

    der = forms.load_pem_public_key(public).public_bytes(forms.Encoding.DER, forms.PublicFormat.SubjectPublicKeyInfo)
    return encode(hashlib.sha256(der).digest())


def public(key: bytes) -> dict[str, str]:
    """Return a public key (PEM) as a JSON Web Key (RFC 7517)."""
    from cryptography.hazmat.primitives import serialization

    found: Any = serialization.load_pem_public_key(key)
    algorithm, numbers = _algorithm(found), found.public_numbers()
    if algorithm == "RS256":
        return {"use": "sig", "kty": "RSA", "kid": key_id(key), "alg": algorithm, "n": _number(numbers.n), "e": _number(numbers.e)}
    x, y = (encode(half.to_bytes(_COORDINATE, "big")) for half in (numbers.x, numbers.y))
    return {"use": "sig", "kty": "EC", "kid": key_id(key), "crv": "P-256", "alg": algorithm, "x": x, "y": y}


def _number(value: int) -> str:
    return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def sign(claims: Mapping[str, Any], key: bytes) -> str:
    """Return a token with these claims, signed by a private key (PEM)."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

    private: Any = serialization.load_pem_private_key(key, None)
    public = private.public_key()
    name = key_id(public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    signed = f"{_encode_json({'alg': _algorithm(public), 'kid': name})}.{_encode_json(claims)}"
    if isinstance(private, rsa.RSAPrivateKey):
        signature = private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    else:
        halves = utils.decode_dss_signature(private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        signature = b"".join(half.to_bytes(_COORDINATE, "big") for half in halves)
    return f"{signed}.{encode(signature)}"


def verify(token: str, keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the claims of a token that one of the keys (key id to public key in PEM) has signed; BadTokenError otherwise.

    Nothing is said about what the claims mean: whether they hold now, and for whom, is for the caller to check.
    """
    head, body, tail = _parts(token)
    header, claims, signature = _decode_json(head), _decode_json(body), decode(tail)
    if "crit" in header:
        raise BadTokenError("the token asks for extensions")
    name = header.get("kid")
    wanted = list(keys.values()) if name in (None, "") else [keys[name]] if isinstance(name, str) and name in keys else []
    if not any(_is_signed(f"{head}.{body}", signature, header.get("alg"), key) for key in wanted):
        raise BadTokenError("the token is not signed by a key that is trusted")
    return claims


def peek(token: str) -> dict[str, Any]:
    """Return what a token claims, unverified: good for nothing but to tell who is to judge it. BadTokenError where it is no token."""
    return _decode_json(_parts(token)[1])


def instant(claims: Mapping[str, Any], name: str) -> float:
    """Return a claim that is a time, in seconds since the epoch; BadTokenError where there is none."""
    value = claims.get(name)
    if type(value) is not int and not (type(value) is float and value == value):
        raise BadTokenError(f"the token has no valid {name}")
    return value  # of whatever size: it is only compared


def texts(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a claim that is a text or a list of texts; empty where it is missing; BadTokenError where it is something else."""
    value = claims.get(name, [])
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise BadTokenError(f"the token has no valid {name}")
    return tuple(listed)


def encode(data: bytes) -> str:
    """Return base64url without padding."""
    import base64

    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Read base64url without padding; BadTokenError where it is not in the one canonical form."""
    import base64

    if not _ALPHABET.issuperset(text) or len(text) % 4 == 1:
        raise BadTokenError("the token is no base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(data) != text:  # bits that say nothing must be zero
        raise BadTokenError("the token is no base64url")
    return data


def _parts(token: str) -> tuple[str, str, str]:
    if len(token) > LARGEST:
        raise BadTokenError("the token is too long")
    parts = token.split(".")
    if len(parts) != 3 or not all(parts):
        raise BadTokenError("the token has not three parts")
    return parts[0], parts[1], parts[2]


def _encode_json(value: Mapping[str, Any]) -> str:
    return encode(json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode())


def _decode_json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(decode(text).decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except BadTokenError:
        raise
    except (ValueError, RecursionError) as error:
        raise BadTokenError("the token holds no JSON") from error
    if not isinstance(value, dict):
        raise BadTokenError("the token holds no object")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse fields that are there twice (RFC 7515 4): another reader might take the other one."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise BadTokenError("the token has a field twice")
    return value


def _no_number(text: str) -> Any:
    raise BadTokenError("the token holds no JSON")


def _algorithm(public: Any) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(public, rsa.RSAPublicKey) and public.key_size >= _SMALLEST_RSA:
        return "RS256"
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1):
        return "ES256"
    raise ValueError("keys of tokens are RSA, of 2048 bits or more, or on the curve P-256")


def _is_signed(signed: str, signature: bytes, algorithm: Any, key: bytes) -> bool:
    from cryptography import exceptions
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

    public: Any = serialization.load_pem_public_key(key)
    if algorithm != _algorithm(public):
        return False
    try:
        if algorithm == "RS256":
            public.verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        else:
            if len(signature) != 2 * _COORDINATE:
                return False
            halves = (int.from_bytes(half, "big") for half in (signature[:_COORDINATE], signature[_COORDINATE:]))
            public.verify(utils.encode_dss_signature(*halves), signed.encode(), ec.ECDSA(hashes.SHA256()))
    except (exceptions.InvalidSignature, ValueError):
        return False
    return True
