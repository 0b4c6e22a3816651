"""Kustomizations on the command line: `kctl kustomize` and -k build through here."""

from typing import TYPE_CHECKING, Any

from minikube_py.kustomize import build as builder

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.kustomize.helm import Helm
    from minikube_py.kustomize.resources import Resource


def build(factory: "Factory", path: str, *, order: str = "legacy", restricted: bool = True, managed_by: bool = False,
          helm: "Helm | None" = None) -> "list[Resource]":  # fmt: skip
    """Return the resources of a kustomization; warnings go to standard error."""
    err = factory.streams.err

    def fetch(url: str) -> bytes:
        from minikube_py.cli import downloads

        return downloads.fetch(url, factory.home.join("cache", "manifests"))

    options = builder.Options(restricted=restricted, order=order, managed_by=managed_by, fetch=fetch, helm=helm)
    return builder.build(path, options, warn=lambda text: print(text, file=err), log=lambda text: print(_logged(factory, text), file=err))


def _logged(factory: "Factory", text: str) -> str:
    """Return a line as kubectl's log writes what kustomize logs."""
    import os
    from datetime import datetime

    now = datetime.fromtimestamp(factory.clock.now())
    return f"I{now:%m%d %H:%M:%S.%f} {os.getpid():>7} log.go:245] {text}"


def objects(factory: "Factory", path: str) -> list[dict[str, Any]]:
    """Return the objects of a kustomization, as -k reads them."""
    return builder.objects(build(factory, path))
