"""CertificateSigningRequests. The request must be PEM of the right type; its signature is not verified here."""

import base64
import re
from typing import Any

from minikube_py.kits import gobase64
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.strategy import Context

_USAGES = tuple(sorted((
    "signing", "digital signature", "content commitment", "key encipherment", "key agreement", "data encipherment", "cert sign", "crl sign",
    "encipher only", "decipher only", "any", "server auth", "client auth", "code signing", "email protection", "s/mime", "ipsec end system",
    "ipsec tunnel", "ipsec user", "timestamping", "ocsp signing", "microsoft sgc", "netscape sgc",
)))  # fmt: skip
_APPROVALS = ("Approved", "Denied")
_BLOCK = re.compile(r"-----BEGIN ([^\n]*)-----\n.*?-----END \1-----", re.DOTALL)
_LEGACY = "kubernetes.io/legacy-unknown"
_MIN_SECONDS = 600
_MAX_SIGNER = 571
_FORM = "must be a fully qualified domain and path of the form 'example.com/signer-name'"


class CertificateSigningRequests(kind.Kind):
    """The rules of CertificateSigningRequests."""

    namespaced = False
    has_status = True
    empty_status = {}
    name_rule = staticmethod(names.is_path_segment)

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Note who asks."""
        super().prepare_create(obj, context)
        spec = obj.setdefault("spec", {})
        for field in ("uid", "groups", "extra"):
            spec.pop(field, None)
        spec["username"] = context.user
        if context.uid:
            spec["uid"] = context.uid
        if context.groups:
            spec["groups"] = list(context.groups)
        if context.extra:
            spec["extra"] = {name: list(values) for name, values in context.extra.items()}

    def prepare_update(self, obj: Object, old: Object, context: Context) -> None:
        """Keep spec and status."""
        super().prepare_update(obj, old, context)
        obj["spec"] = old.get("spec") or {}

    def prepare_subresource(self, subresource: str, obj: Object, old: Object, context: Context) -> None:
        """Let /approval change conditions only, and /status all but approvals."""
        metadata, status, before = obj["metadata"], dict(obj.get("status") or {}), old.get("status") or {}
        conditions, was = status.get("conditions") or [], before.get("conditions") or []
        if subresource == "approval":
            status = dict(before)
        else:
            kept = [condition for condition in was if condition.get("type") in _APPROVALS]
            conditions = kept + [condition for condition in conditions if condition.get("type") not in _APPROVALS]
        if conditions:
            status["conditions"] = _stamped(conditions, was, rfc3339(context.clock.now()))
        else:
            status.pop("conditions", None)
        obj.clear()
        obj.update(old | {"metadata": metadata, "status": status})

    def contents(self, obj: Object) -> list[FieldError]:
        """Check the request, its usages, signer and validity, and the conditions."""
        spec = obj.get("spec") or {}
        found: list[FieldError] = []
        if problem := _pem_problem(spec.get("request") or ""):
            found.append(fielderrors.invalid("spec.request", _go_bytes(spec.get("request") or ""), problem))
        found += _usages(spec.get("usages") or [])
        signer = spec.get("signerName") or ""
        if signer == _LEGACY:
            text = "the legacy signerName is not allowed via this API version"
            found.append(fielderrors.invalid("spec.signerName", signer, text))
        else:
            found += _signer("spec.signerName", signer)
        seconds = spec.get("expirationSeconds")
        if seconds is not None and seconds < _MIN_SECONDS:
            text = "may not specify a duration less than 600 seconds (10 minutes)"
            found.append(fielderrors.invalid("spec.expirationSeconds", seconds, text))
        return found + _conditions((obj.get("status") or {}).get("conditions") or ())

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check the conditions, of which none may go, and the certificate, which is written once."""
        now, was = ((some.get("status") or {}) for some in (obj, old))
        conditions, former = now.get("conditions") or (), was.get("conditions") or ()
        found = objectmeta.update(obj, old) + _conditions(conditions, former)
        new, before = now.get("certificate") or "", was.get("certificate") or ""
        problem = _certificate_problem(new) if new != before else ""
        if problem:
            found.append(fielderrors.invalid("status.certificate", "<certificate data>", problem))
        for kind_of in (*_APPROVALS, "Failed"):
            if _count(conditions, kind_of) < _count(former, kind_of):
                found.append(fielderrors.forbidden("status.conditions", f'updates may not remove a condition of type "{kind_of}"'))
        if before and new != before:
            found.append(fielderrors.forbidden("status.certificate", "updates may not modify existing certificate content"))
        return found

    def fields(self, obj: Object) -> dict[str, str]:
        """Return the signer."""
        return {"spec.signerName": (obj.get("spec") or {}).get("signerName", "")}


def _stamped(conditions: list[dict[str, Any]], was: list[dict[str, Any]], now: str) -> list[dict[str, Any]]:
    """Return conditions with the times that are missing."""
    former = {condition.get("type"): condition for condition in was}
    found = []
    for condition in conditions:
        before = former.get(condition.get("type"))
        same = before is not None and before.get("status") == condition.get("status")
        transition = before.get("lastTransitionTime") if same and before is not None else None
        condition = dict(condition)
        condition["lastUpdateTime"] = condition.get("lastUpdateTime") or now
        condition["lastTransitionTime"] = condition.get("lastTransitionTime") or transition or now
        found.append(condition)
    return found


def _pem_problem(request: str) -> str:
    fault = gobase64.broken_at(request)
    if fault is not None:
        text = 'CertificateSigningRequest in version "v1" cannot be handled as a CertificateSigningRequest: illegal base64 data at input byte '
        raise errors.BadRequest(f"{text}{fault}")
    text = base64.b64decode(request).decode("utf-8", "replace")
    if "-----BEGIN CERTIFICATE REQUEST-----" in text and "-----END CERTIFICATE REQUEST-----" in text:
        return ""
    return "PEM block type must be CERTIFICATE REQUEST"


def _go_bytes(request: str) -> fielderrors.GoText:
    data = base64.b64decode(request)
    return fielderrors.GoText("[]byte{" + ", ".join(f"0x{byte:x}" for byte in data) + "}" if data else "[]byte(nil)")


def _usages(usages: list[str]) -> list[FieldError]:
    found = [] if usages else [fielderrors.required("spec.usages")]
    for number, usage in enumerate(usages):
        found += checks.one_of(f"spec.usages[{number}]", usage, _USAGES)
    return found + [fielderrors.duplicate(f"spec.usages[{number}]", usage) for number, usage in enumerate(usages) if usage in usages[:number]]


def _signer(field: str, name: str) -> list[FieldError]:
    if not name:
        return [fielderrors.required(field)]
    domain, slash, path = name.partition("/")
    if not slash or "/" in path:
        return [fielderrors.invalid(field, name, _FORM)]
    found: list[FieldError] = []
    if texts := names.dns_subdomain(domain):
        found.append(fielderrors.invalid(field, domain, ",".join(texts)))
    elif "." not in domain:
        found.append(fielderrors.invalid(field, domain, "should be a domain with at least two segments separated by dots"))
    found += checks.each(field, path, names.dns_subdomain(path))
    return [*found, fielderrors.too_long(field, _MAX_SIGNER)] if len(name) > _MAX_SIGNER else found


def _count(conditions: Any, kind_of: str) -> int:
    return sum(condition.get("type") == kind_of for condition in conditions)


def _certificate_problem(data: str) -> str:
    """Return what is wrong with the certificate that is issued."""
    text = base64.b64decode(data).decode("utf-8", "replace")
    blocks = _BLOCK.findall(text)
    for kind_of in blocks:
        if kind_of != "CERTIFICATE":
            return f'only CERTIFICATE PEM blocks are allowed, found "{kind_of}"'
    return "" if blocks or not text else "must contain at least one CERTIFICATE PEM block"


def _conditions(conditions: Any, former: Any = ()) -> list[FieldError]:
    """Check conditions; what was wrong with the former ones may stay so."""
    types = [condition.get("type") or "" for condition in former]
    twins, nameless = len(set(types)) < len(types), "" in types
    found: list[FieldError] = []
    seen: set[str] = set()
    for number, condition in enumerate(conditions):
        field, kind_of, status = f"status.conditions[{number}]", condition.get("type") or "", condition.get("status") or ""
        if not kind_of and not nameless:
            found.append(fielderrors.required(f"{field}.type"))
        allowed = ("True",) if kind_of in (*_APPROVALS, "Failed") else ("False", "True", "Unknown")
        if not status:
            found.append(fielderrors.required(f"{field}.status"))
        else:
            found += checks.one_of(f"{field}.status", status, allowed)
        other = {"Approved": "Denied", "Denied": "Approved"}.get(kind_of)
        if other in seen:
            found.append(fielderrors.invalid(f"{field}.type", kind_of, "Approved and Denied conditions are mutually exclusive"))
        if kind_of in seen and not twins:
            found.append(fielderrors.duplicate(f"{field}.type", kind_of))
        seen.add(kind_of)
    return found


STRATEGY = CertificateSigningRequests()
