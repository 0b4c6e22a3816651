"""kctl proxy."""

import os
from typing import TYPE_CHECKING

from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cli import proxying

_PORT = 8001
_HOSTS, _PATHS = r"^localhost$,^127\.0\.0\.1$,^\[::1\]$", "^.*"
_FILTERS = ("accept-paths", "reject-paths", "accept-hosts", "reject-methods")
_REJECTED = "^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach"


class ProxyOptions:
    """What `kctl proxy` was asked for."""

    factory: Factory
    values: Values
    allowed: "proxying.Filter | None"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        from minikube_py.cli import failures, klog, proxying
        from minikube_py.kits import goregexps

        self.factory, self.values = factory, values
        factory.configured()
        self.api_prefix, self.www_prefix = (prefix if prefix.endswith("/") else f"{prefix}/" for prefix in (values["api-prefix"], values["www-prefix"]))
        if values["disable-filter"]:
            if not values["unix-socket"]:
                klog.warning("Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious", "proxy.go:175", factory.streams.err)
            self.allowed = None
            return
        try:
            self.allowed = proxying.Filter(*(proxying.patterns(values[name]) for name in _FILTERS))
        except goregexps.RegexpError as error:
            klog.fatal(f"Error compiling re: {error}", "proxy_server.go:152", factory.streams.err)
            raise failures.ExitCode(255) from error

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        if values["port"] != _PORT and values["unix-socket"]:
            raise KctlError("cannot set --unix-socket and --port at the same time")
        self._check_www(values["www"])
        if not values["unix-socket"] and not 0 <= values["port"] < 65536:
            raise KctlError(f"listen tcp: address {values['port']}: invalid port")

    def _check_www(self, www: str) -> None:
        """Warn of a folder that is none, as kubectl logs it."""
        from minikube_py.cli import klog

        if www and not os.path.exists(www):
            klog.warning(f"Failed to stat static file directory {www}: stat {www}: no such file or directory", "proxy.go:200", self.factory.streams.err)
        elif www and not os.path.isdir(www):
            klog.warning(f"Static file directory {www} is not a directory", "proxy.go:202", self.factory.streams.err)

    def run(self) -> int | None:
        """Serve until it is interrupted."""
        from minikube_py.cli import carrying, proxyservers

        place = (self.values["address"], self.values["port"], self.values["unix-socket"])
        carrying.drive(proxyservers.run(self.factory, self._proxy, place))
        return None

    def _proxy(self, upstream: "proxying.Upstream") -> "proxying.Proxy":
        from minikube_py.cli import proxying

        values = self.values
        upstream = upstream._replace(keepalive=values["keepalive"], append_path=values["append-server-path"])
        return proxying.Proxy(upstream, self.allowed, api_prefix=self.api_prefix, www=values["www"], www_prefix=self.www_prefix)


COMMAND = Command(
    "proxy",
    "Run a proxy to the Kubernetes API server",
    "[--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]",
    (
        Flag("accept-hosts", default=_HOSTS, usage="Regular expressions of hosts that requests may be sent to"),
        Flag("accept-paths", default=_PATHS, usage="Regular expressions of paths that may be asked for"),
        Flag("address", default="127.0.0.1", usage="The IP address to listen on"),
        Flag("api-prefix", default="/", usage="Below which path the API is"),
        Flag("append-server-path", "bool", usage="Put the path of the server's address before that of each request"),
        Flag("disable-filter", "bool", usage="Let every request pass. Whoever can reach the port, pages in a browser too, then acts as you."),
        Flag("keepalive", "duration", usage="How often to look whether an idle connection to the server is alive; 0 for never"),
        Flag("port", "int", _PORT, short="p", usage="The port to listen on; 0 for any"),
        Flag("reject-methods", default="^$", usage="Regular expressions of HTTP methods that are refused"),
        Flag("reject-paths", default=_REJECTED, usage="Regular expressions of paths that are refused, even where --accept-paths has them"),
        Flag("unix-socket", short="u", usage="Unix socket to listen on, in place of a port"),
        Flag("www", short="w", usage="Folder with files to serve as well"),
        Flag("www-prefix", default="/static/", short="P", usage="Below which path these files are"),
    ),
    ProxyOptions,
    long="Serve the cluster's API over plain HTTP on this machine: whoever may connect acts as you. A cluster of this machine is served as by "
    "kctl serve meanwhile, unless it is already.",
    examples="""  # Serve the API at http://127.0.0.1:8001
  kctl proxy

  # Let the system choose the port, and serve files as well
  kctl proxy --port=0 --www=./dashboard

  # Serve the API below a path
  kctl proxy --api-prefix=/k8s""",
)
