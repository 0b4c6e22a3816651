"""Blocks of names and values in SPDY/3: counted, and compressed with zlib from a dictionary that the specification gives.

One zlib stream lasts as long as its direction of the connection: a block that cannot be read ends the connection.
"""

import struct
import zlib

Headers = tuple[tuple[str, str], ...]

LIMIT = 64 * 1024  # bytes of one block once it is inflated
MAX_FIELDS = 128
_NUMBER = struct.Struct(">I")

# draft-mbelshe-httpbis-spdy-00, 2.6.10.1: words with their length before them, then one run of text.
_WORDS = (
    "options", "head", "post", "put", "delete", "trace", "accept", "accept-charset", "accept-encoding", "accept-language",
    "accept-ranges", "age", "allow", "authorization", "cache-control", "connection", "content-base", "content-encoding",
    "content-language", "content-length", "content-location", "content-md5", "content-range", "content-type", "date", "etag",
    "expect", "expires", "from", "host", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since",
    "last-modified", "location", "max-forwards", "pragma", "proxy-authenticate", "proxy-authorization", "range", "referer",
    "retry-after", "server", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "vary", "via", "warning",
    "www-authenticate", "method", "get", "status", "200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive",
    "origin",
)  # fmt: skip
_TEXT = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information"
    "204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error"
    "501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, "
    "Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,public"
    "privatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)
DICTIONARY = b"".join(_NUMBER.pack(len(word)) + word.encode() for word in _WORDS) + _TEXT.encode()


class Writer:
    """Compresses the blocks of one direction."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(zdict=DICTIONARY)

    def pack(self, headers: Headers) -> bytes:
        """Return a block; names go out in lower case."""
        parts = [_NUMBER.pack(len(headers))]
        for name, value in headers:
            parts += (_counted(name.lower()), _counted(value))
        return self._deflate.compress(b"".join(parts)) + self._deflate.flush(zlib.Z_SYNC_FLUSH)


class Reader:
    """Inflates the blocks of one direction, never to more than LIMIT bytes each."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)

    def unpack(self, block: bytes) -> Headers:
        """Return the names, in lower case, and values of a block; ValueError where it is none, or too large."""
        try:
            plain = self._inflate.decompress(block, LIMIT + 1)
        except zlib.error as error:
            raise ValueError(f"a header block cannot be inflated: {error}") from error
        if len(plain) > LIMIT or self._inflate.unconsumed_tail:
            raise ValueError(f"a header block is larger than {LIMIT} bytes")
        if self._inflate.eof:
            raise ValueError("the header blocks' zlib stream has ended")
        return _fields(plain)


def _fields(plain: bytes) -> Headers:
    count, place = _number(plain, 0)
    if count > MAX_FIELDS:
        raise ValueError(f"a header block has more than {MAX_FIELDS} fields")
    found: dict[str, str] = {}
    for _ in range(count):
        name, place = _text(plain, place)
        value, place = _text(plain, place)
        if not name or name.lower() in found:
            raise ValueError("a header block has a name that is empty, or there twice")
        found[name.lower()] = value
    if place != len(plain):
        raise ValueError("a header block is longer than its fields")
    return tuple(found.items())


def _text(plain: bytes, place: int) -> tuple[str, int]:
    size, place = _number(plain, place)
    if size > len(plain) - place:
        raise ValueError("a header block ends in the middle of a field")
    return plain[place : place + size].decode("utf-8", "replace"), place + size


def _number(plain: bytes, place: int) -> tuple[int, int]:
    if len(plain) - place < _NUMBER.size:
        raise ValueError("a header block ends in the middle of a number")
    return _NUMBER.unpack_from(plain, place)[0], place + _NUMBER.size


def _counted(text: str) -> bytes:
    data = text.encode()
    return _NUMBER.pack(len(data)) + data
