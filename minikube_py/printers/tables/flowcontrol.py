"""Tables of flowcontrol.apiserver.k8s.io."""

from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, NAME, Cells, Table, text


def _schema(obj: Object, now: float) -> Cells:
    spec = cells.spec(obj)
    method = spec.get("distinguisherMethod")
    return [
        obj["metadata"]["name"], (spec.get("priorityLevelConfiguration") or {}).get("name", ""), cells.number(spec, "matchingPrecedence"),
        cells.NONE if method is None else method.get("type", ""), cells.age(obj, now), cells.condition_status(obj, "Dangling") or "?",
    ]  # fmt: skip


def _precedence(obj: Object) -> tuple[int, str]:
    return cells.number(cells.spec(obj), "matchingPrecedence"), obj["metadata"]["name"]


def _level(obj: Object, now: float) -> Cells:
    spec = cells.spec(obj)
    limited = spec.get("limited") or {}
    queuing = (limited.get("limitResponse") or {}).get("queuing") or {}
    shares = limited.get("nominalConcurrencyShares", 0) if limited else cells.NONE
    queues = [queuing.get(field, 0) if queuing else cells.NONE for field in ("queues", "handSize", "queueLengthLimit")]
    return [obj["metadata"]["name"], spec.get("type", ""), shares, *queues, cells.age(obj, now)]


TABLES = {
    "flowschemas": Table(
        (
            NAME,
            text("PriorityLevel", "Level of the requests that match."),
            text("MatchingPrecedence", "Lower ones are looked at first."),
            text("DistinguisherMethod", "How flows are told apart."),
            AGE,
            text("MissingPL", "Whether the level does not exist."),
        ),
        _schema,
        order=_precedence,
    ),
    "prioritylevelconfigurations": Table(
        (
            NAME,
            text("Type", "Limited or Exempt."),
            text("NominalConcurrencyShares", "Share of what can be served at once."),
            text("Queues", "Number of queues."),
            text("HandSize", "Queues that one flow may use."),
            text("QueueLengthLimit", "Requests that may wait in a queue."),
            AGE,
        ),
        _level,
    ),
}
