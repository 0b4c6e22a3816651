"""One tree of expected failures: the API's Status errors (apimachinery api/errors), with their codes and messages."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minikube_py.machinery.fielderrors import FieldError


class KctlError(Exception):
    """An expected failure: its text is for the user, who gets exit code 1 and no traceback."""

    warnings: tuple[str, ...] = ()  # what the API had to say besides


class Fatal(KctlError):
    """What kubectl logs before it ends at once; `place` is where (sorter.go:375)."""

    def __init__(self, text: str, place: str) -> None:
        super().__init__(text)
        self.place = place


class StatusError(KctlError):
    """A failure that the API answers with a Status object."""

    code = 500
    reason = "InternalError"
    always_details = False  # whether the Status has details even where there are none: in Go, those that are no pointer to nothing

    def __init__(self, message: str, *, details: dict[str, Any] | None = None, code: int | None = None, reason: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or {}
        if code is not None:
            self.code = code
        if reason is not None:
            self.reason = reason

    def status(self) -> dict[str, Any]:
        """Return the Status object."""
        body: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": self.message}
        if self.reason:
            body["reason"] = self.reason
        if self.details or self.always_details:
            body["details"] = self.details
        return body | {"code": self.code}


def from_status(status: dict[str, Any]) -> StatusError:
    """Return the error that a Status object stands for."""
    kind = _BY_REASON.get(status.get("reason", ""), StatusError)
    error = StatusError.__new__(kind)
    StatusError.__init__(error, status.get("message", ""), details=status.get("details"), code=status.get("code", 500), reason=status.get("reason", ""))
    return error


def qualified(resource: str, group: str = "") -> str:
    """Return `deployments.apps`, or `pods` for the core group."""
    return f"{resource}.{group}" if group else resource


def quoted(name: str) -> str:
    """Return a name in quotes as Go's %q writes it: no control character of it may reach a terminal."""
    if name.isascii() and name.isprintable() and '"' not in name and "\\" not in name:
        return f'"{name}"'
    from minikube_py.kits import gofmt

    return gofmt.quote(name)


def _details(resource: str, group: str, name: str, **more: Any) -> dict[str, Any]:
    details = {"name": name, "group": group, "kind": resource, **more}
    return {field: value for field, value in details.items() if value}


class NotFound(StatusError):
    """404: no such object."""

    code, reason = 404, "NotFound"

    def __init__(self, resource: str, name: str, group: str = "") -> None:
        super().__init__(f"{qualified(resource, group)} {quoted(name)} not found", details=_details(resource, group, name))


class UnknownPath(StatusError):
    """404: no such resource at all."""

    code, reason, always_details = 404, "NotFound", True

    def __init__(self) -> None:
        super().__init__("the server could not find the requested resource")


class AlreadyExists(StatusError):
    """409: an object of that name is there."""

    code, reason = 409, "AlreadyExists"

    def __init__(self, resource: str, name: str, group: str = "") -> None:
        super().__init__(f"{qualified(resource, group)} {quoted(name)} already exists", details=_details(resource, group, name))


class Conflict(StatusError):
    """409: somebody else was faster, or a precondition failed."""

    code, reason = 409, "Conflict"
    MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"

    def __init__(self, resource: str, name: str, cause: str = MODIFIED, group: str = "") -> None:
        message = f"Operation cannot be fulfilled on {qualified(resource, group)} {quoted(name)}: {cause}"
        super().__init__(message, details=_details(resource, group, name))


class ApplyConflict(StatusError):
    """409: server-side apply met fields that others own; `causes` are StatusCauses of reason FieldManagerConflict."""

    code, reason = 409, "Conflict"

    def __init__(self, message: str, causes: Sequence[dict[str, str]]) -> None:
        super().__init__(message, details={"causes": list(causes)})


class Invalid(StatusError):
    """422: the object breaks rules of its kind."""

    code, reason = 422, "Invalid"

    def __init__(self, kind: str, name: str, causes: "Sequence[FieldError]", group: str = "") -> None:
        from minikube_py.machinery import fielderrors

        message = f"{qualified(kind, group)} {quoted(name)} is invalid: {fielderrors.aggregate(causes)}"
        listed = [{"reason": cause.reason, "message": cause.body(), "field": cause.field} for cause in causes]
        super().__init__(message, details=_details(kind, group, name, causes=listed))


class Rejected(StatusError):
    """422: a JSON patch that does not apply (a generic answer, of which Go keeps the empty details)."""

    code, reason, always_details = 422, "Invalid", True


class Forbidden(StatusError):
    """403: not allowed, by authorization or admission."""

    code, reason, always_details = 403, "Forbidden", True

    def __init__(self, resource: str, name: str, cause: str, group: str = "") -> None:
        subject = f"{qualified(resource, group)} {quoted(name)}" if name else qualified(resource, group)
        message = f"{subject} is forbidden: {cause}" if resource else f"forbidden: {cause}"
        super().__init__(message, details=_details(resource, group, name))


class Unauthorized(StatusError):
    """401: no valid credentials."""

    code, reason = 401, "Unauthorized"

    def __init__(self, message: str = "Unauthorized") -> None:
        super().__init__(message)


class BadRequest(StatusError):
    """400: the request makes no sense."""

    code, reason = 400, "BadRequest"


class MethodNotAllowed(StatusError):
    """405: the resource lacks that verb."""

    code, reason, always_details = 405, "MethodNotAllowed", True

    def __init__(self, message: str = "the server does not allow this method on the requested resource") -> None:
        super().__init__(message)


class UnsupportedMediaType(StatusError):
    """415: a body or patch of a type that is not read here."""

    code, reason = 415, "UnsupportedMediaType"


class RequestEntityTooLarge(StatusError):
    """413: more than an object may hold."""

    code, reason = 413, "RequestEntityTooLarge"


class TooManyRequests(StatusError):
    """429: try again later; also an eviction that a disruption budget refuses."""

    code, reason = 429, "TooManyRequests"


class Expired(StatusError):
    """410: the revision asked for is compacted."""

    code, reason = 410, "Expired"


class Gone(StatusError):
    """410: what was asked for is no more."""

    code, reason = 410, "Gone"


class Timeout(StatusError):
    """504: the answer did not come in time."""

    code, reason, always_details = 504, "Timeout", True


class ServiceUnavailable(StatusError):
    """503: a part that the answer needs is out of reach."""

    code, reason = 503, "ServiceUnavailable"


class InternalError(StatusError):
    """500: our fault, or a plugin's."""

    code, reason = 500, "InternalError"

    def __init__(self, cause: str) -> None:
        super().__init__(f"Internal error occurred: {cause}", details={"causes": [{"message": cause}]})


_BY_REASON: dict[str, type[StatusError]] = {
    kind.reason: kind
    for kind in (NotFound, AlreadyExists, Conflict, Invalid, Forbidden, Unauthorized, BadRequest, MethodNotAllowed, UnsupportedMediaType,
                 RequestEntityTooLarge, TooManyRequests, Expired, Gone, Timeout, ServiceUnavailable, InternalError)
}  # fmt: skip
