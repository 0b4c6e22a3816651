"""Fields that a write through the main resource, or through a subresource, can never change, so that nobody comes to own them by it.

The strategies' GetResetFields: the main resource does not write status; status writes nothing else.
"""

from minikube_py.machinery.apply.fieldset import FieldSet
from minikube_py.machinery.schemas import Schema

NONE: FieldSet = {}
_STATUS: FieldSet = {"f:status": {}}
_SPEC: FieldSet = {"f:spec": {}}
_CUSTOM_STATUS: FieldSet = {"f:metadata": {}, "f:spec": {}}
_OF_STATUS: dict[str, FieldSet] = {
    "v1/Pod": {"f:spec": {}, "f:metadata": {"f:deletionTimestamp": {}, "f:ownerReferences": {}}},
    "apps/v1/Deployment": {"f:spec": {}, "f:metadata": {"f:labels": {}}},
    "storage.k8s.io/v1/VolumeAttachment": _CUSTOM_STATUS,
    "certificates.k8s.io/v1/CertificateSigningRequest": {"f:spec": {}, "f:status": {"f:conditions": {}}},
}
_OF_APPROVAL: FieldSet = {"f:spec": {}, "f:status": {"f:certificate": {}}}


def of(api_version: str, kind: str, subresource: str, schema: Schema | None) -> FieldSet:
    """Return what to leave out of ownership for a write to a resource's main path ("") or subresource."""
    if subresource == "status":
        custom = schema is None or not schema.name
        return _OF_STATUS.get(f"{api_version}/{kind}", _CUSTOM_STATUS if custom else _SPEC)
    if subresource == "approval":
        return _OF_APPROVAL
    has_status = schema is not None and "status" in schema.properties
    return _STATUS if has_status and kind not in ("Event", "Binding") else NONE
