"""kubectl describe certificatesigningrequest."""

import base64
from typing import Any

from minikube_py.describers import certificaterequest, events, golang, selecting
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import durations, errors, meta
from minikube_py.machinery.meta import Object

_SUBJECT = (
    ("Organization", certificaterequest.ORGANIZATION), ("Organizational Unit", certificaterequest.UNIT),
    ("Country", certificaterequest.COUNTRY), ("Locality", certificaterequest.LOCALITY), ("Province", certificaterequest.PROVINCE),
    ("StreetAddress", certificaterequest.STREET), ("PostalCode", certificaterequest.POSTAL_CODE),
)  # fmt: skip
_NAMES = (
    ("DNS Names", certificaterequest.DNS), ("Email Addresses", certificaterequest.EMAIL), ("URIs", certificaterequest.URI),
    ("IP Addresses", certificaterequest.ADDRESS),
)  # fmt: skip


def describe(obj: Object, w: Writer, context: Context) -> None:
    """Write a request and what it asks for. Raises KctlError where it cannot be read."""
    spec: dict[str, Any] = obj.get("spec") or {}
    try:
        request = certificaterequest.parse(base64.b64decode(spec.get("request") or "").decode(errors="replace"))
    except ValueError as error:
        raise errors.KctlError(f"Error parsing CSR: {error}") from error
    w.field("Name", meta.name(obj))
    w.field("Labels", selecting.pairs(meta.labels(obj)))
    w.field("Annotations", selecting.pairs(meta.annotations(obj)))
    w.field("CreationTimestamp", golang.rfc1123z(obj["metadata"].get("creationTimestamp")))
    w.field("Requesting User", spec.get("username") or "")
    if spec.get("signerName"):
        w.field("Signer", spec["signerName"])
    if spec.get("expirationSeconds") is not None:
        w.field("Requested Duration", durations.human(spec["expirationSeconds"]))
    w.field("Status", status_text(obj))
    w.line("Subject:")
    for label, kind in (("Common Name", certificaterequest.COMMON_NAME), ("Serial Number", certificaterequest.SERIAL_NUMBER)):
        w.row(0, "", f"{label}:", (request.subject.get(kind) or [""])[-1])
    _lists(w, _SUBJECT, request.subject)
    if request.names:
        w.line("Subject Alternative Names:")
        _lists(w, _NAMES, request.names)
    events.section(w, obj, context)


def status_text(obj: Object) -> str:
    """Return Pending, Approved or Denied, with Failed and Issued behind it."""
    types = {condition.get("type") for condition in golang.at(obj, "status.conditions", ())}
    decision = "Denied" if "Denied" in types else "Approved" if "Approved" in types else "Pending"
    failed = ",Failed" if "Failed" in types else ""
    return decision + failed + (",Issued" if golang.at(obj, "status.certificate") else "")


def _lists(w: Writer, table: tuple[tuple[str, int], ...], found: dict[int, list[str]]) -> None:
    for label, kind in table:
        lead = f"{label}:"
        for value in found.get(kind, ()):
            w.row(0, "", lead, value)
            lead = ""
