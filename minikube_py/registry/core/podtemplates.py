"""PodTemplates."""

from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import objectmeta
from minikube_py.registry.pod import defaults, validation, warnings
from minikube_py.registry.strategy import Context, Strategy


class PodTemplates(Strategy):
    """A template on its own. It counts generations though it has no status."""

    def default(self, obj: Object) -> None:
        """Fill in the template."""
        defaults.template_of(obj, obj.setdefault("template", {}))

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Start counting generations."""
        obj["metadata"]["generation"] = 1

    def prepare_update(self, obj: Object, old: Object, context: Context) -> None:
        """Count the generation up when the template changed."""
        if obj.get("template") != old.get("template"):
            obj["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1

    def validate(self, obj: Object) -> list[FieldError]:
        """Check metadata and template."""
        return objectmeta.validate(obj["metadata"]) + validation.template(obj["template"], "template")

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check metadata and template."""
        return objectmeta.update(obj, old) + validation.template(obj["template"], "template")

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Warn about the template."""
        if old is not None and old.get("template") == obj.get("template"):
            return []
        return warnings.for_template(obj.get("template"), "template")


STRATEGY = PodTemplates()
