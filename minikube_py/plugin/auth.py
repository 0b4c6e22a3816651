"""Who asks, what for, and the answer: the types that authentication and authorization plugins work with."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from minikube_py.plugin.reader import Reader

ALL_AUTHENTICATED = "system:authenticated"
ALL_UNAUTHENTICATED = "system:unauthenticated"
ANONYMOUS = "system:anonymous"
MASTERS = "system:masters"
SERVICE_ACCOUNT = "system:serviceaccount:"


class UserInfo(NamedTuple):
    """An identity, as authentication.k8s.io UserInfo has it."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = {}  # noqa: RUF012  (never changed)


def service_account_groups(name: str) -> tuple[str, ...]:
    """Return the groups of the user that a service account authenticates as (system:serviceaccount:NAMESPACE:NAME)."""
    return ("system:serviceaccounts", f"system:serviceaccounts:{name.split(':')[2]}")


class Credentials(NamedTuple):
    """What a request carried to prove who sent it; all fields are empty for an anonymous request.

    `local` is set by the in-process transport only: the identity of a caller that has opened the store's own files, or of one
    of the cluster's loops. An HTTP front end never sets it. `client_certificate` is what TLS has proved the caller to hold (DER or
    PEM). `audiences` are those that a token must be meant for; empty for the apiserver's own. `unreadable` is set where something was
    shown that makes no sense: such a request is refused before any plugin is asked, and is never anonymous.
    """

    local: UserInfo | None = None
    bearer_token: str = ""
    username: str = ""
    password: str = ""
    client_certificate: bytes = b""
    audiences: tuple[str, ...] = ()
    unreadable: bool = False


class Attributes(NamedTuple):
    """What is to be authorized (k8s.io/apiserver authorizer.Attributes). For non-resource requests only verb and path count."""

    user: UserInfo
    verb: str
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def combined(self) -> str:
        """Return the resource as rules name it: pods, pods/log."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


class Decision(NamedTuple):
    """An authorizer's answer and the reason for it. `verdict` is one of allow, deny, no opinion."""

    verdict: str
    reason: str = ""


ALLOW = "allow"
DENY = "deny"
NO_OPINION = "no opinion"


class Authenticator(Protocol):
    """A plugin that tells whose credentials these are."""

    name: str

    def authenticate(self, credentials: Credentials, reader: "Reader") -> UserInfo | None:
        """Return the identity; None where these are not credentials of this plugin's kind; raise errors.Unauthorized for bad ones."""


class Authorizer(Protocol):
    """A plugin that tells whether a request may go on."""

    name: str

    def authorize(self, attributes: Attributes, reader: "Reader") -> Decision:
        """Return allow, deny or no opinion, with a reason. The first that is not "no opinion" counts."""
