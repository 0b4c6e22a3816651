"""Static tokens and passwords in files of the cluster, as kube-apiserver reads --token-auth-file: SECRET,user,uid,"group1,group2"."""

import hashlib
import hmac
from collections.abc import Iterator

from minikube_py.machinery import errors
from minikube_py.plugin import trust
from minikube_py.plugin.auth import Credentials, UserInfo
from minikube_py.plugin.reader import Reader

TOKENS, PASSWORDS = "tokens.csv", "passwords.csv"
_FEWEST = 3  # columns


class TokenFileAuthenticator:
    """Takes the tokens of tokens.csv. A line that is taken out is refused from then on: the file is looked at each time."""

    name = "TokenFile"

    def authenticate(self, credentials: Credentials, reader: Reader) -> UserInfo | None:
        """Return the user of a token; None for others, which may be of another kind."""
        keys = trust.of(reader)
        if not credentials.bearer_token or keys is None or not trust.is_meant_for(credentials.audiences, keys):
            return None
        found = None
        for secret, user in _users(reader, TOKENS):
            if _equal(secret, credentials.bearer_token):  # of several the last counts; all are compared, so that time tells nothing
                found = user
        return found


class PasswordFileAuthenticator:
    """Takes the names and passwords of passwords.csv (HTTP basic authentication)."""

    name = "PasswordFile"

    def authenticate(self, credentials: Credentials, reader: Reader) -> UserInfo | None:
        """Return the user of a name and password."""
        if not credentials.username:
            return None
        found = None
        for secret, user in _users(reader, PASSWORDS):
            if _equal(secret, credentials.password) & _equal(user.name, credentials.username):
                found = user
        if found is None:
            raise errors.Unauthorized()
        return found


def _users(reader: Reader, file: str) -> Iterator[tuple[str, UserInfo]]:
    keys = trust.of(reader)
    if keys is None:
        return
    try:
        rows = keys.rows(file)
    except errors.KctlError as error:
        raise errors.InternalError(str(error)) from error
    for number, row in enumerate(rows, 1):
        if len(row) < _FEWEST or not row[1]:
            raise errors.InternalError(f"{file}: row {number} must have at least three columns (secret, user name, user uid)")
        secret, name, uid = row[:_FEWEST]
        groups = tuple(group.strip() for group in row[_FEWEST].split(",") if group.strip()) if len(row) > _FEWEST else ()
        if secret:  # an empty one would let everybody in
            yield secret, UserInfo(name, groups, uid)


def _equal(one: str, other: str) -> bool:
    """Compare in a time that does not depend on what is compared."""
    return hmac.compare_digest(*(hashlib.sha256(text.encode(errors="surrogatepass")).digest() for text in (one, other)))
