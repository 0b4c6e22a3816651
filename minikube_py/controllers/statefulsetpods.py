"""What makes a pod a StatefulSet's: its name and ordinal, its labels, host name and claims. Nothing here talks to the API."""

import re
from typing import Any

from minikube_py.controllers import history, podcontrol
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

POD_NAME = "statefulset.kubernetes.io/pod-name"
POD_INDEX = "apps.kubernetes.io/pod-index"
_MEMBER = re.compile(r"(.*)-([0-9]+)")


def ordinal(pod: Object) -> int:
    """Return the number at the end of a pod's name, -1 where there is none."""
    match = _MEMBER.fullmatch(meta.name(pod))
    return int(match.group(2)) if match else -1


def is_member(owner: Object, pod: Object) -> bool:
    """Tell whether a pod is named after the set."""
    match = _MEMBER.fullmatch(meta.name(pod))
    return match is not None and match.group(1) == meta.name(owner)


def start(owner: Object) -> int:
    """Return the first ordinal."""
    return int((owner["spec"].get("ordinals") or {}).get("start", 0))


def replicas(owner: Object) -> int:
    """Return spec.replicas."""
    return int(owner["spec"].get("replicas", 1))


def is_wanted(owner: Object, number: int) -> bool:
    """Tell whether the set is to have a pod of that ordinal."""
    return start(owner) <= number < start(owner) + replicas(owner)


def pod_name(owner: Object, number: int) -> str:
    """Return the name of the pod of an ordinal."""
    return f"{meta.name(owner)}-{number}"


def revision_of(pod: Object) -> str:
    """Return the name of the ControllerRevision that a pod was made from."""
    return meta.labels(pod).get(history.POD_HASH, "")


def new_pod(owner: Object, revision: Object, number: int) -> Object:
    """Return the pod of an ordinal, as a revision describes it."""
    name = pod_name(owner, number)
    pod = podcontrol.from_template(owner, history.template_of(revision), name=name, labels=_labels(name, number, meta.name(revision)))
    pod["spec"]["hostname"] = name
    if owner["spec"].get("serviceName"):
        pod["spec"]["subdomain"] = owner["spec"]["serviceName"]
    _mount(pod, owner, number)
    return pod


def _labels(name: str, number: int, revision: str) -> dict[str, str]:
    return {POD_NAME: name, POD_INDEX: str(number), history.POD_HASH: revision}


def _mount(pod: Object, owner: Object, number: int) -> None:
    """Put the claims in the place of volumes of the same names."""
    templates = [meta.name(template) for template in owner["spec"].get("volumeClaimTemplates") or ()]
    ours = [{"name": name, "persistentVolumeClaim": {"claimName": claim_name(owner, name, number)}} for name in templates]
    others = [volume for volume in pod["spec"].get("volumes") or () if volume["name"] not in templates]
    if ours:
        pod["spec"]["volumes"] = ours + others


def claim_name(owner: Object, template: str, number: int) -> str:
    """Return the name of the claim that the pod of an ordinal has for a template."""
    return f"{template}-{meta.name(owner)}-{number}"


def claims(owner: Object, number: int) -> list[Object]:
    """Return the claims that the pod of an ordinal mounts."""
    found = []
    for template in owner["spec"].get("volumeClaimTemplates") or ():
        source = template["metadata"]
        labels = {**(source.get("labels") or {}), **((owner["spec"].get("selector") or {}).get("matchLabels") or {})}
        metadata: dict[str, Any] = {"name": claim_name(owner, meta.name(template), number), "namespace": meta.namespace(owner), "labels": labels}
        if source.get("annotations"):
            metadata["annotations"] = dict(source["annotations"])
        found.append({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": meta.clone(template["spec"])})
    return found


def matches_identity(pod: Object) -> bool:
    """Tell whether a pod has the labels that name it."""
    labels = meta.labels(pod)
    return labels.get(POD_NAME) == meta.name(pod) and labels.get(POD_INDEX) == str(ordinal(pod))


def with_identity(pod: Object) -> Object:
    """Return a pod with the labels that name it put right; the rest of its identity cannot be changed any more."""
    changed = meta.clone(pod)
    number = ordinal(pod)
    changed["metadata"]["labels"] = {**meta.labels(pod), **_labels(meta.name(pod), number, revision_of(pod))}
    return changed


def owner_references(owner: Object, pod: Object, claim: Object) -> list[dict[str, Any]]:
    """Return the owners that a claim is to have by spec.persistentVolumeClaimRetentionPolicy.

    The set owns it where deletion of the set is to delete it; the pod where it is left over by a scale-down that is to delete it.
    """
    policy = owner["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    deleted, scaled = policy.get("whenDeleted") == "Delete", policy.get("whenScaled") == "Delete"
    condemned = not is_wanted(owner, ordinal(pod))
    theirs = (meta.uid(owner), meta.uid(pod))
    references = [item for item in claim["metadata"].get("ownerReferences") or () if item.get("uid") not in theirs]
    if any(item.get("controller") for item in references):
        return list(claim["metadata"]["ownerReferences"])  # somebody else's claim stays as it is
    if deleted and not (scaled and condemned):
        references.append(meta.controller_reference(owner))
    if scaled and condemned:
        references.append(meta.controller_reference({"apiVersion": "v1", "kind": "Pod", **pod}))
    return references
