"""ID tokens of a kubeconfig's `auth-provider: oidc` (client-go plugin/pkg/client/auth/oidc). No issuer is asked for new ones."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from minikube_py.client import httperrors
from minikube_py.machinery.errors import KctlError

_DELTA = 10.0  # seconds before its end at which a token counts as expired
_REQUIRED = ("idp-issuer-url", "client-id")
_DIGITS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


class Provider(NamedTuple):
    """What the entry of a user says."""

    id_token: str
    refreshes: bool  # it has what an issuer would give a new token for

    def __repr__(self) -> str:
        """Say nothing: tokens are secret."""
        return "Provider()"


def read(config: Any) -> Provider:
    """Return the provider of an auth-provider's `config`; KctlError in kubectl's words where something is missing."""
    fields: Mapping[str, Any] = config if isinstance(config, dict) else {}
    for name in _REQUIRED:
        if not fields.get(name):
            raise KctlError(f"Must provide {name}")
    return Provider(str(fields.get("id-token") or ""), bool(fields.get("refresh-token")))


def token(provider: Provider, now: float) -> str:
    """Return the ID token; Unreachable where it is none, or no longer good."""
    if provider.id_token and now + _DELTA < _expiry(provider.id_token):
        return provider.id_token
    if not provider.refreshes:
        raise httperrors.Unreachable("No valid id-token, and cannot refresh without refresh-token")
    raise httperrors.Unreachable("No valid id-token, and kctl asks no issuer for a new one: let an exec plugin do that")


def _expiry(text: str) -> float:
    """Return when a token ends, in seconds since the epoch."""
    import base64

    parts = text.split(".")
    if len(parts) != 3:
        raise httperrors.Unreachable("ID Token is not a valid JWT")
    payload = parts[1]
    wrong = next((at for at, char in enumerate(payload) if char not in _DIGITS), len(payload) - 1 if len(payload) % 4 == 1 else -1)
    if wrong >= 0:
        raise httperrors.Unreachable(f"illegal base64 data at input byte {wrong}")
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError) as error:
        raise httperrors.Unreachable(f"parsing claims: {error}") from None
    end = claims.get("exp") if isinstance(claims, dict) else None
    return float(end) if isinstance(end, int | float) and not isinstance(end, bool) else 0.0
