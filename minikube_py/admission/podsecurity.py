"""PodSecurity: pods keep to the Pod Security Standard that the labels of their namespace name; whatever makes pods is warned of."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from minikube_py.admission import podsecuritylevels
from minikube_py.admission.podsecuritylevels import PRIVILEGED, Level, Policy
from minikube_py.kits.clock import Clock
from minikube_py.machinery import errors, fielderrors, meta
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.reader import Reader

if TYPE_CHECKING:
    from minikube_py.admission.podsecuritychecks import Finding

_CHECKED = 3000  # pods of a namespace that are looked at when its labels change
_CONTROLLERS = ("replicationcontrollers", "podtemplates", "replicasets.apps", "deployments.apps", "statefulsets.apps", "daemonsets.apps",
                "jobs.batch", "cronjobs.batch")  # fmt: skip


class PodSecurity(AdmissionPlugin):
    """plugin/pkg/admission/security/podsecurity."""

    name = "PodSecurity"
    resources = ("namespaces", "pods", "pods/ephemeralcontainers", "pods/resize", *_CONTROLLERS)

    def __init__(self) -> None:
        self._version: tuple[int, ...] | None = None
        self._known: dict[str, tuple[Policy, list[FieldError]]] = {}

    def validate(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Refuse pods, warn of what makes them, and look at the labels of namespaces."""
        if attributes.resource == "namespaces":
            _check_namespace(attributes, reader)
            return
        policy, wrong = self._policy(attributes.namespace, reader)
        is_pod = attributes.resource == "pods"
        if not wrong and all(level.name == PRIVILEGED for level in (policy if is_pod else policy[1:])):
            if is_pod:
                attributes.annotate(f"{podsecuritylevels.PREFIX}enforce-policy", str(Level()))
            return
        found = _pod_in(attributes)
        if found is not None and not (is_pod and attributes.operation == "UPDATE" and not _is_significant(attributes)):
            _evaluate(attributes, policy, wrong, found, enforce=is_pod)

    def _policy(self, namespace: str, reader: Reader) -> tuple[Policy, list[FieldError]]:
        version = reader.version_of("namespaces")
        if version != self._version:
            self._version, self._known = version, {}
        if namespace not in self._known:
            found = reader.get("namespaces", namespace)
            if found is None:
                raise errors.InternalError(f'failed to lookup namespace "{namespace}"')
            self._known[namespace] = podsecuritylevels.of(meta.labels(found))
        return self._known[namespace]


def _pod_in(attributes: Attributes) -> tuple[dict[str, str], Any] | None:
    """Return annotations and spec of the pod, or of the one that is to be made; None where there is none."""
    obj = attributes.object
    assert obj is not None
    if attributes.resource == "podtemplates":
        obj = obj.get("template") or {}
    elif attributes.resource != "pods":
        spec = obj["spec"]["jobTemplate"]["spec"] if attributes.resource == "cronjobs" else obj["spec"]
        obj = spec.get("template") or {}
    spec = obj.get("spec")
    return None if spec is None else ((obj.get("metadata") or {}).get("annotations") or {}, spec)


def _is_significant(attributes: Attributes) -> bool:
    """Tell whether an update of a pod changes its containers, or one of their images."""
    new, old = (_images(obj) for obj in (attributes.object, attributes.old_object))
    ephemeral, before = new.pop("ephemeralContainers"), dict(old.pop("ephemeralContainers"))
    return new != old or any(before.get(name) != image for name, image in ephemeral)


def _images(pod: Object | None) -> dict[str, list[tuple[str, str]]]:
    spec = (pod or {}).get("spec") or {}
    return {
        "containers": [("", item.get("image", "")) for item in spec.get("containers") or ()],
        "initContainers": [("", item.get("image", "")) for item in spec.get("initContainers") or ()],
        "ephemeralContainers": [(item["name"], item.get("image", "")) for item in spec.get("ephemeralContainers") or ()],
    }


def _evaluate(attributes: Attributes, policy: Policy, wrong: list[FieldError], pod: tuple[dict[str, str], Any], *, enforce: bool) -> None:
    prefix = podsecuritylevels.PREFIX
    found = {level: _found(level, *pod) for level in dict.fromkeys(policy)}
    if wrong:
        attributes.annotate(f"{prefix}error", f"Failed to parse policy: {fielderrors.aggregate(wrong)}")
    if enforce:
        attributes.annotate(f"{prefix}enforce-policy", str(policy.enforce))
    if found[policy.audit]:
        attributes.annotate(f"{prefix}audit-violations", f"would {_violation(policy.audit, found[policy.audit])}")
    if enforce and found[policy.enforce]:
        text = _violation(policy.enforce, found[policy.enforce]).replace("violate", "violates", 1)
        raise errors.Forbidden(attributes.resource, attributes.name, text, attributes.group)
    if found[policy.warn]:
        attributes.warn(f"would {_violation(policy.warn, found[policy.warn])}")


def _found(level: Level, annotations: dict[str, str], spec: Any) -> "list[Finding]":
    if level.name == PRIVILEGED:
        return []
    from minikube_py.admission import podsecuritychecks

    return podsecuritychecks.findings(level.name, level.minor, annotations, spec)


def _violation(level: Level, found: "Iterable[Finding]") -> str:
    return f'violate PodSecurity "{level}": {", ".join(map(str, found))}'


def _check_namespace(attributes: Attributes, reader: Reader) -> None:
    assert attributes.object is not None
    new, wrong = podsecuritylevels.of(meta.labels(attributes.object))
    old, wrong_before = podsecuritylevels.of(meta.labels(attributes.old_object)) if attributes.old_object is not None else (Policy(), [])
    if wrong and wrong != wrong_before:
        raise errors.Invalid(attributes.kind, attributes.name, wrong, attributes.group)
    if attributes.old_object is None or new.enforce == old.enforce or new.enforce.name == PRIVILEGED:
        return
    if new.enforce.version == old.enforce.version and new.enforce.rank <= old.enforce.rank:
        return
    for text in _warnings(attributes.name, new.enforce, reader.list("pods", attributes.name)):
        attributes.warn(text)


def _warnings(namespace: str, level: Level, pods: list[Object]) -> list[str]:
    """Return which pods of a namespace would not be let in any more, those for the same reasons together."""
    alike: dict[str, list[str]] = {}
    for pod in _one_of_each_first(pods)[:_CHECKED]:
        found = _found(level, meta.annotations(pod), pod["spec"])
        if found:
            alike.setdefault(", ".join(one.reason for one in found), []).append(meta.name(pod))
    texts = [f"new PodSecurity enforce level only checked against the first {_CHECKED} of {len(pods)} existing pods"] if len(pods) > _CHECKED else []
    if alike:
        texts.append(f'existing pods in namespace "{namespace}" violate the new PodSecurity enforce level "{level}"')
    return texts + sorted(f"{_counted(names)}: {reasons}" for reasons, names in alike.items())


def _one_of_each_first(pods: list[Object]) -> list[Object]:
    """Return pods with the further ones of the same owner behind."""
    seen: set[str] = set()
    first: list[Object] = []
    others: list[Object] = []
    for pod in pods:
        owner = meta.controller_of(pod)
        is_known = owner is not None and owner["uid"] in seen
        (others if is_known else first).append(pod)
        if owner is not None:
            seen.add(owner["uid"])
    return first + others


def _counted(names: list[str]) -> str:
    more = len(names) - 1
    return min(names) + (f" (and {more} other pod{'s' if more > 1 else ''})" if more else "")
