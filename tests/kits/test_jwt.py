"""Tokens: what a trusted key has signed, in its own algorithm and in the one spelling, and nothing else."""

import base64
import json
from itertools import count
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from minikube_py.kits import jwt, pki

RSA = rsa.generate_private_key(65537, 2048)
RSA_KEY = RSA.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
EC_KEY = pki.new_key()
KEYS = {jwt.key_id(public): public for public in (pki.public_key(EC_KEY), pki.public_key(RSA_KEY))}
CLAIMS = {"iss": "me", "sub": "jané", "n": 1}


def part(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return jwt.encode(text.encode(errors="surrogatepass"))


def signed(header: Any, claims: Any = CLAIMS) -> str:
    """A token with whatever header, truly signed by the RSA key."""
    text = f"{part(header)}.{part(claims)}"
    return f"{text}.{jwt.encode(RSA.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


@pytest.mark.parametrize(("key", "algorithm"), [(EC_KEY, "ES256"), (RSA_KEY, "RS256")], ids=("ES256", "RS256"))
def test_there_and_back(key: bytes, algorithm: str) -> None:
    token = jwt.sign(CLAIMS, key)
    assert jwt.verify(token, KEYS) == CLAIMS == jwt.peek(token)
    header = json.loads(jwt.decode(token.split(".")[0]))
    assert header == {"alg": algorithm, "kid": jwt.key_id(pki.public_key(key))}
    others = {name: public for name, public in KEYS.items() if name != header["kid"]}
    with pytest.raises(jwt.BadTokenError):
        jwt.verify(token, others)
    with pytest.raises(jwt.BadTokenError):
        jwt.verify(token, {})


def test_a_token_without_key_id_is_tried_with_all() -> None:
    assert jwt.verify(signed({"alg": "RS256"}), KEYS) == CLAIMS
    assert jwt.verify(signed({"alg": "RS256", "kid": ""}), KEYS) == CLAIMS


def test_keys_that_sign_no_tokens() -> None:
    short = rsa.generate_private_key(65537, 1024)
    other = ec.generate_private_key(ec.SECP384R1())
    for key in (short, other):
        spelled = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        with pytest.raises(ValueError, match="keys of tokens are RSA, of 2048 bits or more, or on the curve P-256"):
            jwt.sign(CLAIMS, spelled)


def _hmac_with_public_key() -> str:
    text = f"{part({'alg': 'HS256'})}.{part(CLAIMS)}"
    mac = hmac.HMAC(pki.public_key(RSA_KEY), hashes.SHA256())
    mac.update(text.encode())
    return f"{text}.{jwt.encode(mac.finalize())}"


GOOD = signed({"alg": "RS256"})
HEAD, BODY, TAIL = GOOD.split(".")
NOT_TRUSTED = "the token is not signed by a key that is trusted"


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ("", "the token has not three parts"),
        ("a", "the token has not three parts"),
        (f"{HEAD}.{BODY}", "the token has not three parts"),
        (f"{HEAD}.{BODY}.", "the token has not three parts"),
        (f"{HEAD}..{TAIL}", "the token has not three parts"),
        (f"{GOOD}.{TAIL}", "the token has not three parts"),
        (f"{part({'alg': 'none'})}.{BODY}.", "the token has not three parts"),
        (f"{part({'alg': 'none'})}.{BODY}.{TAIL}", NOT_TRUSTED),
        (signed({"alg": "None"}), NOT_TRUSTED),
        (signed({"alg": "rs256"}), NOT_TRUSTED),
        (signed({"alg": "ES256"}), NOT_TRUSTED),
        (signed({"alg": "RS512"}), NOT_TRUSTED),
        (signed({"alg": ["RS256"]}), NOT_TRUSTED),
        (signed({}), NOT_TRUSTED),
        (signed({"alg": "RS256", "kid": "other"}), NOT_TRUSTED),
        (signed({"alg": "RS256", "kid": 1}), NOT_TRUSTED),
        (signed({"alg": "RS256", "kid": list(KEYS)}), NOT_TRUSTED),
        (signed({"alg": "RS256", "crit": ["b64"]}), "the token asks for extensions"),
        (_hmac_with_public_key(), NOT_TRUSTED),
        (f"{HEAD}.{part({**CLAIMS, 'sub': 'root'})}.{TAIL}", NOT_TRUSTED),
        (f"{HEAD}.{BODY}.{jwt.encode(jwt.decode(TAIL)[:-3])}", NOT_TRUSTED),
        (f"{HEAD}.{BODY}.{jwt.encode(bytes(64))}", NOT_TRUSTED),
        (f"{part({'alg': 'ES256'})}.{BODY}.{jwt.encode(bytes(64))}", NOT_TRUSTED),
        (f"{part({'alg': 'ES256'})}.{BODY}.{jwt.encode(bytes(63))}", NOT_TRUSTED),
        (signed("[]"), "the token holds no object"),
        (signed("{"), "the token holds no JSON"),
        (signed({"alg": "RS256"}, '{"exp":NaN}'), "the token holds no JSON"),
        (signed({"alg": "RS256"}, '{"exp":Infinity}'), "the token holds no JSON"),
        (signed({"alg": "RS256"}, "[" * 50_000), "the token is too long"),
        (signed({"alg": "RS256"}, "[" * 20_000), "the token holds no JSON"),
        (signed({"alg": "RS256"}, '{"exp":' + "9" * 5000 + "}"), "the token holds no JSON"),
        (signed({"alg": "RS256"}, '{"sub":"a","sub":"b"}'), "the token has a field twice"),
        (signed('{"alg":"none","alg":"RS256"}'), "the token has a field twice"),
        (signed({"alg": "RS256"}, "\udcff"), "the token holds no JSON"),
        (f"{HEAD}.{BODY}.{TAIL}=", "the token is no base64url"),
        (f" {GOOD}", "the token is no base64url"),
        (f"{GOOD}\n", "the token is no base64url"),
        (f"{HEAD}.{BODY}.{TAIL}\udcff", "the token is no base64url"),
        (f"é{GOOD}", "the token is no base64url"),
        (f"{HEAD}.{BODY}.{TAIL[:-1]}{chr(ord(TAIL[-1]) + 1)}", "the token is no base64url"),
        (GOOD + "A" * 70_000, "the token is too long"),
    ],
    ids=map(str, count()),
)  # fmt: skip
def test_what_is_refused(token: str, problem: str) -> None:
    with pytest.raises(jwt.BadTokenError) as caught:
        jwt.verify(token, KEYS)
    assert str(caught.value) == problem


TOKEN = jwt.sign(CLAIMS, EC_KEY)


@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="utf-8") | st.sampled_from("ABCabc019-_=.\udcff"))
def test_a_changed_letter_is_seen(place: int, letter: str) -> None:
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    if changed == TOKEN:
        assert jwt.verify(changed, KEYS) == CLAIMS
    else:
        with pytest.raises(jwt.BadTokenError):
            jwt.verify(changed, KEYS)


@given(st.text(st.characters(codec=None), max_size=200) | st.lists(st.binary(max_size=80).map(jwt.encode), max_size=4).map(".".join))
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(jwt.BadTokenError):
        jwt.verify(text, KEYS)


@given(st.binary(max_size=80))
def test_base64url(data: bytes) -> None:
    assert jwt.decode(jwt.encode(data)) == data
    assert jwt.encode(data) == base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_times() -> None:
    assert jwt.instant({"exp": 5}, "exp") == 5
    assert jwt.instant({"exp": 5.5}, "exp") == 5.5
    for value in (None, "5", True, [5], float("nan")):
        with pytest.raises(jwt.BadTokenError, match="the token has no valid exp"):
            jwt.instant({"exp": value}, "exp")


def test_lists_of_texts() -> None:
    assert jwt.texts({"aud": "a"}, "aud") == ("a",)
    assert jwt.texts({"aud": ["a", "b"]}, "aud") == ("a", "b")
    assert jwt.texts({}, "aud") == ()
    for value in (5, {"a": 1}, ["a", 1], None):
        with pytest.raises(jwt.BadTokenError, match="the token has no valid aud"):
            jwt.texts({"aud": value}, "aud")


def test_public_keys_as_json_web_keys() -> None:
    def number(text: str) -> int:
        return int.from_bytes(jwt.decode(text), "big")

    found = jwt.public(pki.public_key(RSA_KEY))
    assert (found["use"], found["kty"], found["alg"], found["kid"]) == ("sig", "RSA", "RS256", jwt.key_id(pki.public_key(RSA_KEY)))
    assert rsa.RSAPublicNumbers(number(found["e"]), number(found["n"])) == RSA.public_key().public_numbers()
    assert found["e"] == "AQAB"
    found = jwt.public(pki.public_key(EC_KEY))
    assert (found["kty"], found["crv"], found["alg"], len(jwt.decode(found["x"]))) == ("EC", "P-256", "ES256", 32)
    numbers = ec.EllipticCurvePublicNumbers(number(found["x"]), number(found["y"]), ec.SECP256R1())
    assert numbers == serialization.load_pem_public_key(pki.public_key(EC_KEY)).public_numbers()  # type: ignore[union-attr]
