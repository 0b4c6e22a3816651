"""What others need to verify the cluster's service account tokens: OpenID Connect discovery and the public keys (apiserver serviceaccount/openidmetadata)."""

from minikube_py.apiserver.http import answers
from minikube_py.apiserver.http.answers import Answer
from minikube_py.kits import jwt
from minikube_py.plugin.trust import Trust

CONFIGURATION, KEYS = "/.well-known/openid-configuration", "/openid/v1/jwks"
_KEPT = (("Cache-Control", "public, max-age=3600"),)


def answer(path: str, address: str, keys: Trust | None) -> Answer | None:
    """Return one of the two pages, None for any other path; `address` is HOST:PORT by which the server was reached."""
    if keys is None or path not in (CONFIGURATION, KEYS):
        return None
    if not keys.token_keys():
        keys.token_signer()  # makes both halves
    public = [jwt.public(key) for key in keys.token_keys().values()]
    if path == KEYS:
        return Answer(200, answers.encode({"keys": public}), "application/jwk-set+json", _KEPT)
    found = {
        "issuer": keys.issuer,
        "jwks_uri": f"https://{address}{KEYS}",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(dict.fromkeys(key["alg"] for key in public)),
    }
    return Answer(200, answers.encode(found), headers=_KEPT)
