"""--raw on a cluster of this machine: the request takes the way of kctl serve's, within this process."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from minikube_py.client import pools
from minikube_py.client.kubeconfigs import Connection
from minikube_py.client.remote import Settings, Transport
from minikube_py.client.wire import Message

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.cluster.inside import Connect


def run(factory: "Factory", message: Message, use: Callable[[Iterator[bytes]], None]) -> None:
    """Send a request as the user of the context, and let the answer be used while it comes."""
    from minikube_py.cluster import inside

    context = factory.context
    settings = Settings(factory.environment, factory.request_timeout(), log=factory.log, name=factory.host)

    def work(connect: "Connect") -> None:
        transport = Transport(Connection(f"http://{context.cluster}"), settings, pool=pools.through(connect))
        try:
            use(transport.raw(message))
        finally:
            transport.close()

    inside.ask(factory.cluster, context.user, work)
