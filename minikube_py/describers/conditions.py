"""Tables of conditions, in the shapes that several kinds share."""

from typing import Any

from minikube_py.describers import golang
from minikube_py.describers.writer import Writer

Conditions = list[dict[str, Any]] | None


def reasons(w: Writer, entries: Conditions) -> None:
    """Write type, status and reason: workloads."""
    if not entries:
        return
    w.line("Conditions:")
    w.row(1, "Type", "Status", "Reason")
    w.row(1, "----", "------", "------")
    for entry in entries:
        w.row(1, f"{entry.get('type') or ''} ", entry.get("status") or "", entry.get("reason") or "")


def transitions(w: Writer, entries: Conditions) -> None:
    """Write when each condition changed, and why: namespaces, service CIDRs."""
    if not entries:
        return
    w.line("Conditions:")
    w.header(1, "Type", "Status", "LastTransitionTime", "Reason", "Message")
    for entry in entries:
        stamp = golang.rfc1123z(entry.get("lastTransitionTime"))
        w.row(1, entry.get("type") or "", entry.get("status") or "", stamp, entry.get("reason") or "", entry.get("message") or "")


def stamped(w: Writer, entries: Conditions, title: str) -> None:
    """Write when each condition was last looked at (`title`: LastHeartbeatTime or LastProbeTime) and when it changed, and why: nodes, claims."""
    if not entries:
        return
    w.line("Conditions:")
    w.row(1, "Type", "Status", title, "LastTransitionTime", "Reason", "Message")
    w.row(1, "----", "------", "-----------------", "------------------", "------", "-------")  # as long for either title
    looked = title[0].lower() + title[1:]
    for entry in entries:
        stamps = (golang.rfc1123z(entry.get(field)) for field in (looked, "lastTransitionTime"))
        first = (entry.get("type") or "", entry.get("status") or "", *stamps, entry.get("reason") or "")
        w.row(1, *(f"{cell} " for cell in first), entry.get("message") or "")


def messages(w: Writer, entries: Conditions) -> None:
    """Write why each condition is as it is: autoscalers."""
    if not entries:
        return
    w.line("Conditions:")
    w.header(1, "Type", "Status", "Reason", "Message")
    for entry in entries:
        w.row(1, *(entry.get(field) or "" for field in ("type", "status", "reason", "message")))
