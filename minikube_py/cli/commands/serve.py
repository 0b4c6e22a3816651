"""kctl serve: the cluster's API over HTTPS, for kubectl and whatever else speaks Kubernetes."""

import os
import time
from typing import TYPE_CHECKING, Annotated

import typer  # noqa: TID253  (this module is the door to typer: imported only when the command is used)

from minikube_py.cli.factory import Factory
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cluster.serving import Audit

APP = typer.Typer(help="Serve a cluster's API over HTTPS, for kubectl and everything else that speaks Kubernetes.", add_completion=False,
                  rich_markup_mode=None, invoke_without_command=True)  # fmt: skip
_PORT = 8443
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_START_SECONDS = 60.0

_Cluster = Annotated[str, typer.Option(help="Name of the cluster; the current one where there is none")]


@APP.callback()
def serve(context: typer.Context, cluster: _Cluster = "",
          port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one")] = _PORT,
          bind: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
          expose: Annotated[bool, typer.Option("--expose", help="Allow an address that other machines can reach")] = False,
          write_kubeconfig: Annotated[str, typer.Option(help="File to write a kubeconfig to, with the administrator's certificate in it")] = "",
          merge: Annotated[bool, typer.Option("--merge", help="Add a context to your own kubeconfig ($KUBECONFIG or ~/.kube/config)")] = False,
          audit_policy_file: Annotated[str, typer.Option(help="File with the Policy that says what is written to the audit log")] = "",
          audit_log_path: Annotated[str, typer.Option(help="File to write the audit log to")] = "",
          audit_log_maxsize: Annotated[int, typer.Option(min=1, help="Megabytes at which the audit log begins a new file")] = 100,
          audit_log_maxbackup: Annotated[int, typer.Option(min=1, help="How many old files of the audit log are kept")] = 10,
          detach: Annotated[bool, typer.Option("--detach", help="Go on in the background")] = False) -> None:  # fmt: skip
    """Serve a cluster until Ctrl-C, or `kctl serve stop`."""
    if context.invoked_subcommand is not None:
        return
    factory: Factory = context.obj
    if bind not in _LOOPBACK and not expose:
        raise KctlError(f"{bind} can be reached from other machines: say --expose to allow that")
    audit = _audit(audit_policy_file, audit_log_path, audit_log_maxsize, audit_log_maxbackup)
    _check_places(factory, write_kubeconfig, merge)
    name = _ensure(factory, cluster)
    if detach:
        logged = [] if audit is None else [f"--audit-policy-file={audit_policy_file}", f"--audit-log-path={audit_log_path}",
                                           f"--audit-log-maxsize={audit_log_maxsize}", f"--audit-log-maxbackup={audit_log_maxbackup}"]  # fmt: skip
        _detach(factory, name, ["--port", str(port), "--bind", bind, *(["--expose"] if expose else []), *logged])
        try:
            _hand_out(factory, name, _address(factory, name), write_kubeconfig, merge)
        except BaseException:
            _end(factory, name)  # a command that fails leaves nothing running
            raise
        return
    _run(factory, name, (bind, port), audit, write_kubeconfig, merge)


@APP.command()
def stop(context: typer.Context, cluster: _Cluster = "") -> None:
    """End the server of a cluster."""
    from minikube_py.cluster import served

    factory: Factory = context.obj
    name = _name(factory, cluster)
    found = served.stop(factory.home, name)
    if found is None:
        raise KctlError(f'cluster "{name}" is not served')
    print(f'cluster "{name}" is no longer served at {found.address}', file=factory.streams.out)


@APP.command()
def status(context: typer.Context, cluster: _Cluster = "") -> None:
    """Tell whether a cluster is served, and where."""
    from minikube_py.cluster import served

    factory: Factory = context.obj
    name = _name(factory, cluster)
    found = served.find(factory.home, name)
    if found is None:
        raise KctlError(f'cluster "{name}" is not served')
    print(f'cluster "{name}" is served at {found.address} (process {found.pid})', file=factory.streams.out)


def _name(factory: Factory, cluster: str) -> str:
    name = cluster or factory.context.cluster
    if not factory.home.has(name):
        raise KctlError(f'cluster "{name}" does not exist')
    return name


def _ensure(factory: Factory, cluster: str) -> str:
    """Return the name of the cluster to serve, which is there afterwards."""
    from minikube_py.cluster import bootstrap

    name = cluster or factory.context.cluster
    bootstrap.open_or_create(factory.home, name).close()
    return name


def _audit(policy_file: str, path: str, megabytes: int, backups: int) -> "Audit | None":
    """Return what is to be audited; a policy without a log, or a log without a policy, would be silent."""
    if not (policy_file or path):
        return None
    if not (policy_file and path):
        raise KctlError("--audit-policy-file and --audit-log-path go together")
    if path == "-":
        raise KctlError("--audit-log-path must be a file: an audit log on standard output is not served by this version of kctl")
    from minikube_py.apiserver.audit import policy
    from minikube_py.cluster.serving import Audit
    from minikube_py.kits import yaml

    try:
        with open(policy_file, "rb") as file:
            content = yaml.load(file.read())
    except OSError as error:
        raise KctlError(f"cannot read {policy_file}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise KctlError(error.in_file(policy_file)) from error
    try:
        return Audit(policy.parse(content), path, megabytes << 20, backups)
    except KctlError as error:
        raise KctlError(f"{policy_file}: {error}") from error


def _run(factory: Factory, name: str, place: tuple[str, int], audit: "Audit | None", write_kubeconfig: str, merge: bool) -> None:
    import asyncio

    from minikube_py.cluster import served, serving
    from minikube_py.cluster.cluster import Cluster

    host, port = place

    def announce(cluster: Cluster, found: int) -> None:
        address = f"https://{_spelled(host)}:{found}"
        served.note(factory.home, name, address)
        _hand_out(factory, name, address, write_kubeconfig, merge)

    with served.alone(factory.home, name):
        asyncio.run(serving.Server(factory.home, serving.Wish(name, host, port, audit)).run(announce))


def _spelled(host: str) -> str:
    """Return how clients of this machine spell an address."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host}]" if ":" in host else host


def _check_places(factory: Factory, write_kubeconfig: str, merge: bool) -> None:
    """Refuse kubeconfigs that cannot be written before anything is served."""
    from minikube_py.cluster import serveconfig

    if write_kubeconfig:
        serveconfig.check(write_kubeconfig)
    if merge:
        serveconfig.check_merge(serveconfig.users_own(dict(factory.environment)))


def _end(factory: Factory, name: str) -> None:
    from minikube_py.cluster import served

    served.stop(factory.home, name)


def _hand_out(factory: Factory, name: str, address: str, write_kubeconfig: str, merge: bool) -> None:
    """Tell where the cluster is served, and write the kubeconfigs that were asked for."""
    out = factory.streams.out
    print(f'Serving cluster "{name}" at {address}', file=out, flush=True)
    if not (write_kubeconfig or merge):
        return
    from minikube_py.cluster import pki, serveconfig
    from minikube_py.kits.clock import SystemClock

    content = serveconfig.content(name, address, pki.Keys(factory.home.cluster(name), SystemClock()))
    if write_kubeconfig:
        serveconfig.write(write_kubeconfig, content)
        print(f"Kubeconfig written to {write_kubeconfig}", file=out, flush=True)
    if merge:
        path = serveconfig.users_own(dict(factory.environment))
        serveconfig.merge(path, content)
        print(f'Context "{serveconfig.entry_name(name)}" added to {path}', file=out, flush=True)


def _detach(factory: Factory, name: str, options: list[str]) -> None:
    """Start a server that goes on when this command and its terminal are gone; return when it answers."""
    import subprocess
    import sys

    from minikube_py.cluster import served

    running = served.find(factory.home, name)
    if running is not None:
        raise KctlError(f'cluster "{name}" is served already at {running.address} (process {running.pid}); "kctl serve stop" ends that')
    path = os.path.join(factory.home.cluster(name), served.LOG)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as log:
        child = subprocess.Popen([sys.executable, "-m", "minikube_py", "serve", "--cluster", name, *options], stdin=subprocess.DEVNULL, stdout=log,
                                 stderr=log, start_new_session=True, env=dict(factory.environment))  # fmt: skip
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if child.poll() is not None:
            with open(path, encoding="utf-8", errors="replace") as log_file:
                raise KctlError(log_file.read().strip().removeprefix("error: ") or "the server has ended at once")
        found = served.find(factory.home, name)
        if found is not None and found.pid == child.pid:
            return
        time.sleep(0.02)
    raise KctlError(f"the server has not come up in {_START_SECONDS:g} seconds: see {path}")


def _address(factory: Factory, name: str) -> str:
    from minikube_py.cluster import served

    found = served.find(factory.home, name)
    if found is None:
        raise KctlError(f"the server has ended: see {os.path.join(factory.home.cluster(name), served.LOG)}")
    return found.address
