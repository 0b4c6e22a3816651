"""What `kctl top` shows: measured amounts in columns, and their order (kubectl pkg/metricsutil)."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery import meta, quantity
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient
    from minikube_py.machinery.quantity import Quantity
    from minikube_py.machinery.selectors import Selector

FLAGS = (
    Flag("no-headers", "bool", usage="If present, print output without headers"),
    Flag("selector", short="l", usage="Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'."),
    Flag("sort-by", usage="Sort by this: cpu or memory."),
    Flag("use-protocol-buffers", "bool", True, usage="Accepted for kubectl's sake: kctl reads the metrics as JSON."),
)
MEASURED = ("cpu", "memory")
_GROUP, _VERSIONS = "metrics.k8s.io", ("v1", "v1beta1")
_MEBIBYTE = 1024 * 1024
Usage = Mapping[str, "Quantity"]


def check_order(values: Values) -> None:
    """Refuse a --sort-by of something else."""
    if values["sort-by"] and values["sort-by"] not in MEASURED:
        raise KctlError("--sort-by accepts only cpu or memory")


def label_selector(text: str) -> "Selector":
    """Return -l, read here as kubectl does; KctlError where it makes no sense."""
    from minikube_py.machinery import selectors

    try:
        return selectors.parse(text)
    except ValueError as error:
        raise KctlError(str(error)) from error


def measured(client: "RestClient", plural: str, name: str, namespace: str, selector: str, fields: str = "") -> list[Object]:
    """Return the metrics of one object or of all that selectors match."""
    served = (client.scheme.get(_GROUP, version, plural) for version in _VERSIONS)
    resource = next((resource for resource in served if resource is not None and resource.served), None)
    if resource is None:
        raise KctlError("Metrics API not available")
    if name:
        return [client.get(resource, name, namespace)]
    return client.items(resource, namespace, label_selector=selector, field_selector=fields)


def usage(amounts: Mapping[str, str] | None) -> Usage:
    """Return amounts as numbers; what was not measured is nothing."""
    return {name: quantity.parse((amounts or {}).get(name) or "0") for name in MEASURED}


def total(usages: Iterable[Usage]) -> Usage:
    """Return the sum of usages."""
    found = usage(None)
    for one in usages:
        found = {name: found[name] + one[name] for name in MEASURED}
    return found


def order(sort_by: str, of: Callable[[Object], Usage]) -> Callable[[Object], tuple[int, str]]:
    """Return the key by which things with a name are sorted: --sort-by, the most first, else the name."""
    if sort_by == "cpu":
        return lambda obj: (-of(obj)["cpu"].milli_value(), "")
    if sort_by == "memory":
        return lambda obj: (-of(obj)["memory"].value(), "")
    return lambda obj: (0, meta.name(obj) if "metadata" in obj else str(obj["name"]))


def cells(amounts: Usage, available: Mapping[str, str] | None = None) -> list[str]:
    """Return the cells of amounts, each followed by its part of what is available where that is known."""
    found = []
    for name in MEASURED:
        amount = amounts[name]
        found.append(f"{amount.milli_value()}m" if name == "cpu" else f"{amount.value() // _MEBIBYTE}Mi")
        if available is not None and name in available:
            whole = quantity.parse(available[name]).milli_value()
            found.append(f"{int(amount.milli_value() / whole * 100) if whole else 0}%")
    return found


def line(values: Iterable[str]) -> str:
    """Return a line of the table: kubectl ends each cell with a tab."""
    return "".join(f"{value}\t" for value in values) + "\n"
