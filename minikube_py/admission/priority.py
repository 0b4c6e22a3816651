"""Priority: a pod's priority comes from its PriorityClass; only one class is the default."""

from minikube_py.kits.clock import Clock
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.reader import Reader

_CLASSES = "priorityclasses.scheduling.k8s.io"


class Priority(AdmissionPlugin):
    """plugin/pkg/admission/priority."""

    name = "Priority"
    operations = ("CREATE", "UPDATE")
    resources = ("pods", _CLASSES)

    def __init__(self) -> None:
        self._version: tuple[int, ...] | None = None
        self._default: Object | None = None

    def admit(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Resolve the class of a new pod."""
        pod = attributes.object
        if attributes.resource != "pods" or attributes.operation != "CREATE" or pod is None:
            return
        spec = pod["spec"]
        found = self._class_of(attributes, spec.get("priorityClassName") or "", reader)
        value = 0 if found is None else found.get("value", 0)
        if found is not None:
            spec["priorityClassName"] = meta.name(found)
        if spec.get("priority") is not None and spec["priority"] != value:
            cause = (f"the integer value of priority ({spec['priority']}) must not be provided in pod spec; priority admission controller computed "
                     f"{value} from the given PriorityClass name")  # fmt: skip
            raise errors.Forbidden("pods", attributes.label, cause)
        spec["priority"] = value
        policy = (found or {}).get("preemptionPolicy") or "PreemptLowerPriority"
        if spec.get("preemptionPolicy") and spec["preemptionPolicy"] != policy:
            cause = (f"the string value of PreemptionPolicy ({spec['preemptionPolicy']}) must not be provided in pod spec; priority admission "
                     f"controller computed {policy} from the given PriorityClass name")  # fmt: skip
            raise errors.Forbidden("pods", attributes.label, cause)
        spec["preemptionPolicy"] = policy

    def validate(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Refuse a second default class."""
        wanted = attributes.object
        if attributes.resource != "priorityclasses" or wanted is None or not wanted.get("globalDefault"):
            return
        for other in reader.list(_CLASSES):
            if other.get("globalDefault") and meta.name(other) != meta.name(wanted):
                cause = f"PriorityClass {meta.name(other)} is already marked as default. Only one default can exist"
                raise errors.Forbidden("priorityclasses", meta.name(wanted), cause, attributes.group)

    def _class_of(self, attributes: Attributes, name: str, reader: Reader) -> Object | None:
        if not name:
            return self._default_class(reader)
        found = reader.get(_CLASSES, name)
        if found is None:
            raise errors.Forbidden("pods", attributes.label, f"no PriorityClass with name {name} was found")
        return found

    def _default_class(self, reader: Reader) -> Object | None:
        version = reader.version_of(_CLASSES)
        if version != self._version:
            defaults = [item for item in reader.list(_CLASSES) if item.get("globalDefault")]
            self._version, self._default = version, min(defaults, key=lambda item: item.get("value", 0), default=None)
        return self._default
