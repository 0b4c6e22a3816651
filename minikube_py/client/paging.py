"""Lists in pages: whether a server's pages come to an end, as far as that can be told while they come."""

from minikube_py.apiserver.request import Request
from minikube_py.client.answers import Strange
from minikube_py.machinery.meta import Object

_EMPTY = 100  # pages without anything, one after another: a server may look through that much that nobody selects
_LARGEST = 2 << 30  # bytes of all pages together
_LISTS = 64  # that may be under way, or were given up half-way


class _Chain:
    """The pages of one list so far."""

    def __init__(self) -> None:
        self.tokens: set[str] = set()
        self.empty = 0
        self.size = 0


class Pages:
    """Follows lists from page to page, by the tokens that lead from one to the next."""

    def __init__(self) -> None:
        self._chains: dict[str, _Chain] = {}

    def check(self, request: Request, body: Object, size: int) -> None:
        """Take note of a page; Strange where it leads nowhere: back to one that was there already, on and on without content, or to too much."""
        chain = self._chains.pop(str(request.option("continue", "")), None) or _Chain()
        token = body["metadata"].get("continue")
        if not token:
            return
        if token in chain.tokens:
            raise Strange("the server continues a list with a token that it has given before: the list would never end")
        chain.tokens.add(token)
        chain.empty = 0 if body.get("items") or body.get("rows") else chain.empty + 1
        chain.size += size
        if chain.empty > _EMPTY:
            raise Strange(f"the server continues a list without end: {chain.empty} pages in a row are empty")
        if chain.size > _LARGEST:
            raise Strange(f"the server continues a list without end: it is larger than {_LARGEST >> 30} GiB already")
        if len(self._chains) >= _LISTS:
            self._chains.clear()
        self._chains[token] = chain
