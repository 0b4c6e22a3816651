"""PriorityClasses. That only one is the global default is for the admission plugin Priority to see to."""

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta

HIGHEST_USER_PRIORITY = 1_000_000_000
SYSTEM = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}


class PriorityClasses(kind.Kind):
    """The rules of PriorityClasses."""

    namespaced = False
    counts_generation = True

    def default(self, obj: Object) -> None:
        """Pods of the class preempt others unless it says otherwise."""
        if obj.get("preemptionPolicy") is None:
            obj["preemptionPolicy"] = "PreemptLowerPriority"
        obj.setdefault("value", 0)

    def spec_changed(self, obj: Object, old: Object) -> bool:
        """Nothing that counts may change."""
        return False

    def contents(self, obj: Object) -> list[FieldError]:
        """Check that what is called system- is the system's, and the value."""
        name, value = obj["metadata"].get("name", ""), obj.get("value", 0)
        found: list[FieldError] = []
        if name.startswith("system-"):
            if SYSTEM.get(name) != value or obj.get("globalDefault"):
                text = "priority class names with 'system-' prefix are reserved for system use only. error: " + _system_error(name, obj)
                found.append(fielderrors.forbidden("metadata.name", text))
        elif value > HIGHEST_USER_PRIORITY:
            text = f"maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}"
            found.append(fielderrors.forbidden("value", text))
        policy = obj.get("preemptionPolicy")
        if policy == "":
            return [*found, fielderrors.required("preemptionPolicy")]
        return found + checks.optional_one_of("preemptionPolicy", policy, ("PreemptLowerPriority", "Never"))

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Hold value and policy."""
        found = objectmeta.update(obj, old)
        if obj.get("value", 0) != old.get("value", 0):
            found.append(fielderrors.forbidden("value", "may not be changed in an update."))
        return found + checks.immutable("preemptionPolicy", obj.get("preemptionPolicy"), old.get("preemptionPolicy"))


def _system_error(name: str, obj: Object) -> str:
    if name not in SYSTEM:
        return f"{name} is not a known system priority class"
    if SYSTEM[name] != obj.get("value", 0):
        return f"value of {name} PriorityClass must be {SYSTEM[name]}"
    return f"globalDefault of {name} PriorityClass must be false"


STRATEGY = PriorityClasses()
