"""Bootstrap tokens: secrets of kube-system with which new nodes join (plugin/pkg/auth/authenticator/token/bootstrap)."""

import base64
import binascii
import hmac
import re

from minikube_py.kits import clock
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object
from minikube_py.plugin import trust
from minikube_py.plugin.auth import Credentials, UserInfo
from minikube_py.plugin.reader import Reader

_TOKEN = re.compile(r"([a-z0-9]{6})\.([a-z0-9]{16})")
_GROUP = re.compile(r"system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]")
_TYPE = "bootstrap.kubernetes.io/token"
_SPACE = "kube-system"
_USER, _EVERYBODY = "system:bootstrap:", "system:bootstrappers"


class BootstrapTokenAuthenticator:
    """Takes ID.SECRET where the secret bootstrap-token-ID says so, until it expires or is deleted."""

    name = "BootstrapToken"

    def authenticate(self, credentials: Credentials, reader: Reader) -> UserInfo | None:
        """Return the identity of a bootstrap token."""
        match = _TOKEN.fullmatch(credentials.bearer_token)
        keys = trust.of(reader)
        if match is None or keys is None or not trust.is_meant_for(credentials.audiences, keys):
            return None
        secret = reader.get("secrets", f"bootstrap-token-{match.group(1)}", _SPACE)
        if secret is None or secret.get("type") != _TYPE or meta.is_deleting(secret):
            raise errors.Unauthorized()
        data = {field: _text(value) for field, value in (secret.get("data") or {}).items()}
        if not _is_good(data, match.group(1), match.group(2), keys.clock.now()):
            raise errors.Unauthorized()
        return UserInfo(_USER + match.group(1), _groups(data))


def _is_good(data: dict[str, str], name: str, secret: str, now: float) -> bool:
    if not hmac.compare_digest(data.get("token-secret", "").encode(), secret.encode()) or data.get("token-id") != name:
        return False
    expiration = data.get("expiration", "")
    if expiration and clock.parse_rfc3339(expiration) <= now:  # a time that nobody can read is a ValueError, and so no entry
        return False
    return data.get("usage-bootstrap-authentication") == "true"


def _groups(data: dict[str, str]) -> tuple[str, ...]:
    more = [group for group in data.get("auth-extra-groups", "").split(",") if group]
    if not all(_GROUP.fullmatch(group) for group in more):
        raise errors.Unauthorized()
    return (_EVERYBODY, *sorted(set(more)))


def _text(value: Object | str) -> str:
    try:
        return base64.b64decode(str(value), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
