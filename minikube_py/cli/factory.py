"""What commands are given: streams, the global flags, and (made when first asked for) the cluster and a client."""

import codecs
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.client.api import WatchEvent
    from minikube_py.client.rest import RestClient, Transport
    from minikube_py.client.servers import Server
    from minikube_py.cluster.cluster import Cluster
    from minikube_py.cluster.home import Home
    from minikube_py.cluster.kubeconfig import Context
    from minikube_py.kits.clock import Clock
    from minikube_py.kits.klog import Log
    from minikube_py.plugin.auth import UserInfo

GLOBAL_FLAGS = (
    Flag("as", usage="Username to impersonate for the operation. User could be a regular user or a service account in a namespace."),
    Flag("as-group", "strings", usage="Group to impersonate for the operation, this flag can be repeated to specify multiple groups."),
    Flag("as-uid", usage="UID to impersonate for the operation."),
    Flag("cache-dir", usage="Folder to keep in what servers say they serve, in place of the one in kctl's home"),
    Flag("certificate-authority", usage="Path to a file with the certificates of the server's authorities"),
    Flag("client-certificate", usage="Path to a file with the certificate to show to the server"),
    Flag("client-key", usage="Path to a file with the key of that certificate"),
    Flag("cluster", usage="The name of the kubeconfig cluster to use"),
    Flag("context", usage="The name of the kubeconfig context to use"),
    Flag("disable-compression", "bool", usage="If true, ask the server for answers that are not packed"),
    Flag("insecure-skip-tls-verify", "bool", usage="If true, take any certificate: whoever is on the way can read and change all"),
    Flag("kubeconfig", usage="Path to the kubeconfig file to use in place of kctl's own. Neither KUBECONFIG nor ~/.kube/config counts."),
    Flag("log-flush-frequency", "goduration", 5.0, usage="Every how many seconds to write out the log; kctl does so at once"),
    Flag("match-server-version", "bool", usage="Require server version to match client version"),
    Flag("namespace", short="n", usage="If present, the namespace scope for this CLI request"),
    Flag("password", usage="Password for basic authentication to the server"),
    Flag("profile", default="none", usage="Name of profile to capture. One of (none|cpu|heap|goroutine|threadcreate|block|mutex)"),
    Flag("profile-output", default="profile.pprof", usage="Name of the file to write the profile to"),
    Flag("request-timeout", default="0", usage="The length of time to wait before giving up on a single server request. Zero means don't timeout."),
    Flag("server", short="s", usage="The address and port of the Kubernetes API server"),
    Flag("tls-server-name", usage="Name that the server's certificate must have, in place of the host that is asked"),
    Flag("token", usage="Bearer token for authentication to the server"),
    Flag("user", usage="The name of the kubeconfig user to use"),
    Flag("username", usage="Username for basic authentication to the server"),
    Flag("v", "int", short="v", usage="number for the log level verbosity"),
    Flag("vmodule", "modules", usage="Log levels of single files, pattern=N with commas between: round_trippers=7"),
    Flag("warnings-as-errors", "bool", usage="Treat warnings received from the server as errors and exit with a non-zero exit code"),
)
# Flags that only mean something on the way to a server; hidden ones that are not here (a cache, logs) have nothing to change in one process.
_OF_SERVERS = ("certificate-authority", "client-certificate", "client-key", "password", "tls-server-name", "token", "username")
YELLOW_WARNING = "\x1b[33;1mWarning:\x1b[0m"
_AT_ONCE = -1.0  # seconds, over already: a watch that ends with what has happened so far


class Streams(NamedTuple):
    """Standard input, output and error of one command."""

    stdin: TextIO
    out: TextIO
    err: TextIO

    @classmethod
    def of_process(cls) -> "Streams":
        """Return this process's own, in UTF-8 whatever the locale; a stream that was closed is like /dev/null."""
        codecs.register_error("kctl", _bytes_again)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="kctl")
        return cls(sys.stdin or io.StringIO(), sys.stdout or open(os.devnull, "w"), sys.stderr or open(os.devnull, "w"))  # noqa: SIM115


def _bytes_again(error: UnicodeError) -> tuple[bytes, int]:
    """Write what stands for bytes that are no UTF-8 (PEP 383) as those bytes: a secret may hold any. Other surrogates mean nothing."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return b"".join(bytes((ord(char) - 0xDC00,)) if "\udc80" <= char <= "\udcff" else b"\xef\xbf\xbd" for char in wrong), error.end


class BadTimeoutError(KctlError):
    """A --request-timeout that cannot be read."""


class Factory:
    """One command's surroundings."""

    def __init__(self, streams: Streams, values: Values, environment: Mapping[str, str], *, opened: "Cluster | None" = None) -> None:
        self.streams = streams
        self.values = values
        self.environment = environment
        self._cluster = opened
        self._borrowed = opened is not None
        self._context: Context | None = None
        self._server: Server | None = None
        self._log: Log | None = None
        self._told: set[str] = set()

    @property
    def home(self) -> "Home":
        """Return kctl's home."""
        from minikube_py.cluster.home import Home

        return Home.of(dict(self.environment))

    @property
    def context(self) -> "Context":
        """Return the kubeconfig context in force, which must be one of a cluster of this machine."""
        found = self._target
        if found.server:
            raise KctlError(f'the cluster "{found.cluster}" is a server ({found.server}): this is for clusters of this machine')
        return found

    @property
    def _target(self) -> "Context":
        """Return the kubeconfig context in force: cluster or server, user, namespace."""
        if self._context is None:
            from minikube_py.cluster import kubeconfig

            values = self.values
            user = values["user"] if values.flags["user"] in GLOBAL_FLAGS else ""  # create rolebinding and set subject mean something else by it
            found = kubeconfig.current(self.home, context=values["context"], cluster=values["cluster"], user=user,
                                       path=values["kubeconfig"], server=values["server"])  # fmt: skip
            self._tell_of_kubeconfig()
            for flag in _OF_SERVERS if not found.server else ():
                if values[flag]:
                    raise KctlError(f'--{flag}: the cluster "{found.cluster}" is one of this machine; there is no server that would ask for it')
            self._context = found
        return self._context

    def _tell_of_kubeconfig(self) -> None:
        path = self.values["kubeconfig"] or self.home.kubeconfig
        if (self.values["v"] or self.values["vmodule"]) and os.path.exists(path):
            self.log.info(6, "loader.go:402", f"Config loaded from file:  {path}")

    @property
    def server(self) -> "Server | None":
        """Return the server that the command works with; None where it works on a cluster of this machine."""
        if self._server is None and self._target.server:
            from minikube_py.cli import remotes

            self._server = remotes.open_server(self, self._target)
        return self._server

    def configured(self) -> "Server | None":
        """Return the server; what makes every request impossible is refused. Commands call it where kubectl does, often before they look at arguments."""
        target = self._target  # what is wrong with the kubeconfig comes first
        self.request_timeout()
        return self.server if target.server else None

    @property
    def is_remote(self) -> bool:
        """Tell whether the command has to do with a server."""
        return self._server is not None

    @property
    def host(self) -> str:
        """Return the address of the apiserver: a server's URL, or kctl://NAME."""
        server = self.server
        return f"kctl://{self.context.cluster}" if server is None else server.url

    @property
    def clock(self) -> "Clock":
        """Return the clock by which ages are told."""
        if self.server is None:
            return self.cluster.clock
        from minikube_py.kits.clock import SystemClock

        return SystemClock()

    @property
    def cluster(self) -> "Cluster":
        """Return the cluster, caught up with the clock; the default one is created at first use."""
        if self._cluster is None:
            self._cluster = self._open(self.home, self.context.cluster)
            problem = self._cluster.catch_up()
            if problem:
                self.warn(f"the cluster stands still: {problem}")
        return self._cluster

    @staticmethod
    def _open(home: "Home", name: str) -> "Cluster":
        if home.has(name):
            from minikube_py.cluster import cluster

            return cluster.open_cluster(home, name)
        from minikube_py.cluster import bootstrap

        return bootstrap.open_or_create(home, name)

    def client(self, command: str, *, fresh: bool = False) -> "RestClient":
        """Return a client under the identity in force; `command` names the manager of the fields that it sets (kubectl-create).

        `fresh`: what a server serves is asked again, not taken from what is kept of it. Of a bad --request-timeout learns who uses the client.
        """
        try:
            server = self.configured()
        except BadTimeoutError as error:
            from minikube_py.client import unusable

            return unusable.client(error)
        impersonate = self.impersonated()
        if server is not None:
            made = server.client(user_agent=command, impersonate=impersonate, warn=self.warn, fresh=fresh)
        else:
            logged = {"around": self._logged} if self.values["v"] or self.values["vmodule"] else {}
            made = self.cluster.command_client(self.context.user, user_agent=command, impersonate=impersonate, warn=self.warn, **logged)
        made.scheme.caution = self.caution
        return made

    @property
    def log(self) -> "Log":
        """Return what -v and --vmodule want to be logged."""
        if self._log is None:
            from minikube_py.kits.klog import Log

            self._log = Log(self.streams.err.write, self.values["v"], self.values["vmodule"])
        return self._log

    def _logged(self, transport: "Transport") -> "Transport":
        from minikube_py.client import requestlog

        if not requestlog.wanted(self.log):
            return transport
        return requestlog.inside(self.log, self.host, transport, self.request_timeout())

    def impersonated(self) -> "UserInfo | None":
        """Return as whom --as asks to act, or what the kubeconfig says of the user of a cluster of this machine; servers are told of theirs anyway."""
        values = self.values
        if not (values["as"] or values["as-group"] or values["as-uid"]):
            target = self._target
            if target.server or not target.user_entry:
                return None
            from minikube_py.client import kubeconfigs

            return kubeconfigs.impersonated(target.user_entry, target.user_name)
        from minikube_py.plugin.auth import UserInfo

        if not values["as"]:
            raise KctlError(f"requesting uid, groups or user-extra for {self._target.user_name} without impersonating a user")
        return UserInfo(values["as"], tuple(values["as-group"]), values["as-uid"])

    def random(self) -> Any:
        """Return a source of randomness with the methods of random.Random."""
        if self.server is None:
            return self.cluster.rng
        import random

        return random.Random()

    @property
    def namespace(self) -> str:
        """Return the namespace that the command works in."""
        return self.values["namespace"] or self._target.namespace or "default"

    @property
    def namespace_enforced(self) -> bool:
        """Tell whether the namespace was given on the command line, so that objects of another one are refused."""
        return bool(self.values["namespace"])

    def warn(self, text: str) -> None:
        """Print a warning that came with an answer, once, as kubectl does."""
        if text not in self._told:
            self._told.add(text)
            self.caution(text)

    @property
    def warned(self) -> int:
        """Return how many warnings came."""
        return len(self._told)

    def caution(self, text: str) -> None:
        """Print a warning of the command's own; in colour where somebody sees it."""
        dull = not is_terminal(self.streams.err) or self.environment.get("TERM") == "dumb" or "NO_COLOR" in self.environment
        print(f"{'Warning:' if dull else YELLOW_WARNING} {text}", file=self.streams.err)

    def settle(self) -> None:
        """Let the cluster's loops work."""
        if self._cluster is not None:
            self._cluster.settle()

    def wait(self, done: Callable[[], bool], timeout: float | None = None) -> bool:
        """Settle, and go on with the clock, until `done()`; False where `timeout` seconds have passed (None: never). A server is asked again and again."""
        self.streams.out.flush()  # whoever reads that through a pipe is to know what is waited for
        if self.server is not None:
            from minikube_py.cli import remotes

            return remotes.until(done, timeout)
        from minikube_py.cluster import waiting

        return waiting.until(self.cluster, done, timeout)

    def follow(self, after: int, changes: Callable[[int, float | None], "Iterator[WatchEvent]"], timeout: float | None) -> "Iterator[WatchEvent]":
        """Yield what `changes(revision, seconds)` watches from a revision on, for `timeout` seconds (None: for ever), while the loops work."""
        if self.server is not None:
            return changes(after, timeout)
        from minikube_py.cluster import waiting

        return waiting.follow(self.cluster, after, lambda revision: changes(revision, _AT_ONCE), timeout)

    def request_timeout(self) -> float | None:
        """Return --request-timeout in seconds; None for no limit."""
        from minikube_py.machinery import durations

        given = self.values["request-timeout"]
        try:
            seconds = float(given) if given.isdecimal() else durations.parse(given)
        except ValueError:
            raise BadTimeoutError("Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding "
                                  "time unit (e.g. 1s | 2m | 3h)") from None  # fmt: skip
        return seconds if seconds > 0 else None

    def finish(self, *, interrupted: bool = False) -> None:
        """Settle what the command has changed, and close the store. Who has `interrupted` it does not wait: the next command settles that."""
        if self._server is not None:
            self._server.close()
        if self._cluster is None:
            return
        try:
            if self._cluster.has_written and not interrupted:
                self._cluster.settle()
        finally:
            if not self._borrowed:
                self._cluster.close()
                self._cluster = None


def is_terminal(stream: TextIO) -> bool:
    """Tell whether a person looks at the stream."""
    try:
        return stream.isatty()
    except ValueError:
        return False


def default_environment() -> Mapping[str, str]:
    """Return the process's environment."""
    return os.environ
