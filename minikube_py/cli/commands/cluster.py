"""kctl cluster: the clusters of this machine. Written with typer, as all commands are that kubectl does not have."""

from typing import Annotated

import typer  # noqa: TID253  (this module is the door to typer: imported only when the command is used)

from minikube_py.cli.factory import Factory
from minikube_py.machinery.errors import KctlError

APP = typer.Typer(help="Create, list, choose and delete the clusters of this machine.", no_args_is_help=True, add_completion=False,
                  rich_markup_mode=None)  # fmt: skip
HOST_PATH = "With docker or podman: let pods mount (hostPath) what is below this directory; may be repeated"
LOOPS_LEFT_OUT = "Loops to leave out, separated by commas: scheduler, kubelet, controllers, or one controller's name"


@APP.command()
def create(context: typer.Context, name: Annotated[str, typer.Argument(help="Name of the cluster")],
           nodes: Annotated[int, typer.Option(min=1, max=5000, help="How many nodes")] = 1,
           control_planes: Annotated[int, typer.Option(min=1, max=9, help="How many of the nodes are control planes")] = 1,
           runtime: Annotated[str, typer.Option(help="Container runtime: dryrun, docker, podman, or one that a plugin adds")] = "dryrun",
           allow_host_path: Annotated[list[str] | None, typer.Option(metavar="DIR", help=HOST_PATH)] = None,
           without: Annotated[str, typer.Option(help=LOOPS_LEFT_OUT)] = "",
           storage: Annotated[str, typer.Option(help="Storage backend: sqlite, or one that a plugin adds")] = "sqlite",
           scheduler_config: Annotated[str, typer.Option(help="File with a KubeSchedulerConfiguration")] = "") -> None:  # fmt: skip
    """Create a cluster and make it the current one."""
    from minikube_py.cluster import bootstrap
    from minikube_py.cluster.cluster import Settings

    factory: Factory = context.obj
    left_out = tuple(word.strip() for word in without.split(",") if word.strip())
    if control_planes > nodes:
        raise KctlError(f"{control_planes} control planes need at least as many nodes")
    settings = Settings(name, nodes, control_planes, runtime, left_out, storage, host_paths=tuple(allow_host_path or ()))
    if scheduler_config:
        from minikube_py.cluster import schedulerconfig

        settings = settings._replace(scheduler=schedulerconfig.read(scheduler_config))
    bootstrap.check(factory.home, settings)
    bootstrap.create(factory.home, settings).close()
    print(f'cluster "{name}" created', file=factory.streams.out)


@APP.command("list")
def list_(context: typer.Context) -> None:
    """List the clusters."""
    import tabulate  # noqa: TID253

    from minikube_py.cluster import kubeconfig
    from minikube_py.cluster.cluster import Settings

    factory: Factory = context.obj
    home = factory.home
    current = kubeconfig.load(home).get("current-context")
    rows = []
    for name in home.clusters():
        settings = Settings.read(home.cluster(name))
        rows.append(["*" if name == current else "", name, settings.nodes, settings.runtime, ",".join(settings.without) or "<none>"])
    if not rows:
        print("No clusters found.", file=factory.streams.err)
        return
    print(tabulate.tabulate(rows, ["CURRENT", "NAME", "NODES", "RUNTIME", "WITHOUT"], tablefmt="plain"), file=factory.streams.out)


@APP.command()
def use(context: typer.Context, name: Annotated[str, typer.Argument(help="Name of the cluster")]) -> None:
    """Make a cluster the current one."""
    from minikube_py.cluster import kubeconfig

    factory: Factory = context.obj
    if name not in factory.home.clusters():
        raise KctlError(f'cluster "{name}" does not exist')
    with kubeconfig.changing(factory.home):
        content = kubeconfig.load(factory.home)
        if kubeconfig.entry(content, "contexts", name) is None:
            content = kubeconfig.with_cluster(content, name)
        kubeconfig.save(factory.home, {**content, "current-context": name})
    print(f'Switched to cluster "{name}".', file=factory.streams.out)


@APP.command()
def delete(context: typer.Context, name: Annotated[str, typer.Argument(help="Name of the cluster")],
           force: Annotated[bool, typer.Option(help="Delete it also where its engine does not answer; what it has there stays")] = False) -> None:  # fmt: skip
    """Delete a cluster and all that it holds: with its containers, networks and volumes."""
    from minikube_py.cluster import bootstrap

    factory: Factory = context.obj
    bootstrap.delete(factory.home, name, force=force)
    print(f'cluster "{name}" deleted', file=factory.streams.out)


@APP.command()
def snapshot(context: typer.Context, name: Annotated[str, typer.Argument(help="Name of the cluster")],
             file: Annotated[str, typer.Argument(help="File to write")]) -> None:  # fmt: skip
    """Write all that a cluster holds into one file."""
    from minikube_py.cluster import backup

    factory: Factory = context.obj
    backup.snapshot(factory.home, name, file)
    print(f'cluster "{name}" saved to {file}', file=factory.streams.out)


@APP.command()
def restore(context: typer.Context, name: Annotated[str, typer.Argument(help="Name of the cluster")],
            file: Annotated[str, typer.Argument(help="File that `kctl cluster snapshot` wrote")]) -> None:  # fmt: skip
    """Replace all that a cluster holds with a snapshot."""
    from minikube_py.cluster import backup

    factory: Factory = context.obj
    backup.restore(factory.home, name, file)
    print(f'cluster "{name}" restored from {file}', file=factory.streams.out)


@APP.command()
def verify(context: typer.Context, name: Annotated[str, typer.Argument(help="Name of the cluster")]) -> None:
    """Look through every row of a cluster's store for damage."""
    from minikube_py.cluster import backup

    factory: Factory = context.obj
    problems = backup.verify(factory.home, name)
    for problem in problems:
        print(problem, file=factory.streams.err)
    if problems:
        raise KctlError(f'the store of cluster "{name}" is damaged: restore a snapshot with "kctl cluster restore {name} FILE"')
    print(f'cluster "{name}" is sound', file=factory.streams.out)


@APP.command()
def doctor(context: typer.Context, name: Annotated[str, typer.Argument(help="A cluster on an engine; without it, both engines are looked at")] = "",
           runtime: Annotated[str, typer.Option(help="Look at this engine only: docker or podman")] = "",
           pull: Annotated[str, typer.Option(metavar="IMAGE", help="Try to pull this image")] = "") -> None:  # fmt: skip
    """Tell what works on the container engines of this machine."""
    import tabulate  # noqa: TID253

    from minikube_py.cluster import doctor as doctors

    factory: Factory = context.obj
    findings = doctors.examine(factory.home, name, runtime, pull)
    rows = [[found.engine, found.what, "ok" if found.well else "PROBLEM", found.text] for found in findings]
    print(tabulate.tabulate(rows, ["ENGINE", "CHECK", "STATE", "TELLS"], tablefmt="plain"), file=factory.streams.out)
    if not doctors.is_well(findings, chosen=bool(name or runtime)):
        raise typer.Exit(1)
