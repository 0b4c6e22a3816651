"""`kubectl describe`: one module a kind. Describers read through the client and write text; they change nothing."""

from typing import TYPE_CHECKING

from minikube_py import kits
from minikube_py.describers.kinds import DESCRIBERS, GENERIC

if TYPE_CHECKING:
    from minikube_py.client.api import Client
    from minikube_py.machinery.meta import Object
    from minikube_py.machinery.scheme import Resource


def describe(resource: "Resource", obj: "Object", client: "Client", *, now: float, show_events: bool = True, chunk_size: int = 500) -> str:
    """Return what `kubectl describe` prints of one object of `resource`; `now` is in seconds since the epoch.

    `chunk_size` is kubectl's --chunk-size: of how many objects the server is asked for at once; 0: for all.
    Raises StatusError where something that the description cannot do without may not be read.
    """
    from minikube_py.describers.context import Context
    from minikube_py.describers.writer import Writer

    module, _, function = DESCRIBERS.get((resource.group, resource.kind), GENERIC).partition(":")
    w = Writer()
    getattr(kits.imported(f"{__name__}.{module}"), function or "describe")(obj, w, Context(client, now, show_events, chunk_size))
    return w.text()
