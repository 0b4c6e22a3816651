"""What comes in: which resource or path a request is about, and its body, as far as that may be read at all."""

from urllib.parse import unquote

from aiohttp import HttpVersion11, web  # noqa: TID253  (only the server loads this package)

from minikube_py.apiserver.http import bodies, paths, query
from minikube_py.apiserver.http.paths import Target
from minikube_py.machinery import errors

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def target(http: web.BaseRequest) -> Target:
    """Return what a request is about; what leads nowhere is a path with a problem, which those are told who may ask for that path."""
    raw = http.rel_url.raw_path
    try:
        found = paths.parse(http.method, raw)
    except UnicodeDecodeError:
        return _nowhere(http, errors.BadRequest("the path is no UTF-8"))
    except errors.StatusError as error:
        return _nowhere(http, error)
    if found.verb == "list" and query.truth("watch", http.query.get("watch", "false")):
        found = found._replace(verb="watch")
    if http.method == "HEAD" and (found.verb == "watch" or found.subresource == "log"):  # nothing would ever come
        return found._replace(is_allowed=False, verb="get")
    return found


def _nowhere(http: web.BaseRequest, problem: errors.StatusError) -> Target:
    return Target(http.method.lower(), unquote(http.rel_url.raw_path, errors="replace"), problem=problem)


async def body(http: web.BaseRequest) -> bytes:
    """Return the body; RequestEntityTooLarge where it is longer than anything that is taken."""
    expected = http.headers.get("Expect", "").lower() if http.version >= HttpVersion11 else ""
    if expected not in ("", "100-continue"):
        raise errors.StatusError("the server cannot do what the header Expect asks for", code=417, reason="")
    if not http.can_read_body:
        return b""
    length = http.content_length
    if length is not None and length > bodies.LIMIT:
        raise _too_large()
    if expected:
        await http.writer.write(_CONTINUE)
        http.writer.output_size = 0
    parts, size = [], 0
    try:
        async for part in http.content.iter_any():
            size += len(part)
            if size > bodies.LIMIT:
                raise _too_large()
            parts.append(part)
    except web.RequestPayloadError as error:  # chunks that are none
        raise errors.BadRequest("the body of the request cannot be read") from error
    return b"".join(parts)


def _too_large() -> errors.RequestEntityTooLarge:
    return errors.RequestEntityTooLarge(f"Request entity too large: limit is {bodies.LIMIT}")
