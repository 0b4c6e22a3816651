"""What `kubectl get` prints of our tables, against our own printers."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from minikube_py.machinery import scheme
from minikube_py.machinery.errors import KctlError
from minikube_py.printers import output, serial, sorting, tables, tabwriter, text
from tests.printers import fakeserver, oracle

NOW = 1_800_000_000.0


def _pod(name: str, space: str, labels: dict[str, str], **status: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": space, "creationTimestamp": "2026-01-01T00:00:00Z", "labels": labels, "uid": name}
    spec = {"containers": [{"name": "c", "image": "i:1"}], "nodeName": "n1", "priority": len(name)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": {"phase": "Running"} | status}


PODS = [
    _pod("web-1", "default", {"app": "web", "example.com/tier": "front"}),
    _pod("a-very-long-pod-name-5d8f", "shop", {}, reason="two\nlines"),
    _pod("b", "shop", {"app": "\x1b[31mred"}, phase="Pendingé", podIPs=[{"ip": "10.0.0.1"}]),
]
DEPLOYMENTS = [
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": 2},
        "status": {},
    },
]
OBJECTS = {"pods": PODS, "deployments.apps": DEPLOYMENTS}

COMMANDS: list[tuple[list[str], dict[str, Any]]] = [
    ([], {}),
    (["-o", "wide"], {"output": "wide"}),
    (["-A"], {"with_namespace": True}),
    (["--no-headers"], {"no_headers": True}),
    (["--show-labels"], {"show_labels": True}),
    (
        ["-L", "app,example.com/tier", "--show-labels", "-A"],
        {"label_columns": ["app", "example.com/tier"], "show_labels": True, "with_namespace": True},
    ),
    (["--show-kind"], {"show_kind": True}),
    (["--sort-by", ".metadata.name"], {"sort_by": ".metadata.name"}),
    (["--sort-by", "spec.priority", "-o", "wide"], {"sort_by": "spec.priority", "output": "wide"}),
    (["-o", "name"], {"output": "name"}),
    (["-o", "json"], {"output": "json"}),
    (["-o", "yaml"], {"output": "yaml"}),
    (["-o", "yaml", "--sort-by", ".metadata.name"], {"output": "yaml", "sort_by": ".metadata.name"}),
    (["-o", "jsonpath={range .items[*]}{.kind}{'\\n'}{end}"], {"output": "jsonpath={range .items[*]}{.kind}{'\\n'}{end}"}),
    (["-o", "go-template={{len .items}}"], {"output": "go-template={{len .items}}"}),
    (
        ["-o", "custom-columns=NAME:.metadata.name,IP:.status.podIPs[*].ip,APP:.metadata.labels.app,LABELS:.metadata.labels"],
        {"output": "custom-columns=NAME:.metadata.name,IP:.status.podIPs[*].ip,APP:.metadata.labels.app,LABELS:.metadata.labels"},
    ),
    (["-o", "custom-columns=P:spec.priority", "--no-headers"], {"output": "custom-columns=P:spec.priority", "no_headers": True}),
    (["-o", "custom-columns=P"], {"output": "custom-columns=P"}),
    (["-o", "nonsense"], {"output": "nonsense"}),
]  # fmt: skip


def _ours(options: dict[str, Any]) -> tuple[str, str]:
    pods = scheme.builtin().must("pods")
    chosen = options.get("output", "")
    out = io.StringIO()
    try:
        rest = {key: value for key, value in options.items() if key != "output"}
        printer = output.for_output(chosen, kind=("", "Pod"), **rest)
        if not output.is_table(chosen):
            printer.print_object(serial.new_list(PODS), out)
        else:
            printer.print_object(tables.table(PODS, pods, NOW, "Object"), out)
    except KctlError as error:
        problem = f"error: {error}"
        return out.getvalue(), problem if problem.endswith("\n") else problem + "\n"
    return out.getvalue(), ""


def _kubectl(address: str, folder: Path, *arguments: str) -> tuple[str, str]:
    command = [oracle.kubectl(), f"--server={address}", f"--cache-dir={folder}", "--kubeconfig=/dev/null", "get", *arguments]
    return oracle.run(command)


def test_pods(tmp_path: Path) -> None:
    oracle.kubectl()
    with fakeserver.serving(OBJECTS, NOW) as address, ThreadPoolExecutor(4) as pool:
        _kubectl(address, tmp_path, "pods")
        theirs = list(pool.map(lambda command: _kubectl(address, tmp_path, "pods", *command[0]), COMMANDS))
    for (arguments, options), expected in zip(COMMANDS, theirs, strict=True):
        assert _ours(options) == expected, arguments


@pytest.mark.parametrize("options", [{}, {"no_headers": True}])
def test_several_resources(tmp_path: Path, options: dict[str, Any]) -> None:
    oracle.kubectl()
    with fakeserver.serving(OBJECTS, NOW) as address:
        theirs = _kubectl(address, tmp_path, "pods,deployments.apps", *(["--no-headers"] if options else []))
    known, out = scheme.builtin(), io.StringIO()
    sheet = text.Sheet(out, **options)
    for qualified, objects in OBJECTS.items():
        resource = known.must(qualified)
        sheet.begin()
        printer = text.TablePrinter(text.Options(show_kind=True, kind=(resource.group, resource.kind), **options))
        sheet.print_object(printer, tables.table(objects, resource, NOW))
    sheet.end()
    assert (out.getvalue(), "") == theirs


def test_sorting_keeps_the_order_that_kubectl_gives_to_equals(tmp_path: Path) -> None:
    oracle.kubectl()
    objects = [_pod(name, "default", {}) for name in "dacb"]
    for index, obj in enumerate(objects):
        obj["spec"] |= {"same": 1, "value": ["10", "9", "1Ki", "x"][index], "part": index} | ({"some": "z"} if index == 1 else {})
    fields = ["spec.same", "spec.value", "spec.some", "spec.part", "{.metadata.name}"]
    with fakeserver.serving({"pods": objects}, NOW) as address, ThreadPoolExecutor(4) as pool:
        theirs = list(pool.map(lambda field: _kubectl(address, tmp_path, "pods", "-o", "name", "--sort-by", field)[0], fields))
    ours = ["".join(f"pod/{obj['metadata']['name']}\n" for obj in sorting.sort_objects(objects, field)) for field in fields]
    assert dict(zip(fields, ours, strict=True)) == dict(zip(fields, theirs, strict=True))


WATCHES: list[tuple[list[str], dict[str, Any]]] = [
    ([], {}),
    (["--output-watch-events"], {}),
    (["-A", "--output-watch-events", "-o", "wide"], {"output": "wide", "with_namespace": True}),
    (["--no-headers", "--show-labels"], {"no_headers": True, "show_labels": True}),
    (["-o", "name"], {"output": "name"}),
    (["-o", "yaml"], {"output": "yaml"}),
    (["-o", "json", "--output-watch-events"], {"output": "json"}),
    (["-o", "yaml", "--output-watch-events"], {"output": "yaml"}),
    (["-o", "jsonpath={.metadata.name};"], {"output": "jsonpath={.metadata.name};"}),
    (["-o", "jsonpath={.type} {.object.metadata.name};", "--output-watch-events"], {"output": "jsonpath={.type} {.object.metadata.name};"}),
    (["-o", "custom-columns=N:.metadata.name"], {"output": "custom-columns=N:.metadata.name"}),
    (["-o", "custom-columns=T:.type,N:.object.metadata.name", "--output-watch-events"], {"output": "custom-columns=T:.type,N:.object.metadata.name"}),
    (["-o", "go-template={{.kind}} ", "--output-watch-events"], {"output": "go-template={{.kind}} "}),
]  # fmt: skip


def _watched(arguments: list[str], options: dict[str, Any], events: list[tuple[str, dict[str, Any]]]) -> str:
    """Print a list, then events, as `kubectl get --watch` does: through one writer, flushed after the list and after each event."""
    pods = scheme.builtin().must("pods")
    shows_events = "--output-watch-events" in arguments
    chosen = options.get("output", "")
    rest = {key: value for key, value in options.items() if key != "output"}
    printer = output.for_output(chosen, kind=("", "Pod"), **rest)
    out = io.StringIO()
    writer = tabwriter.TabWriter(out)
    as_table = output.is_table(chosen)
    first = [tables.table(PODS, pods, NOW)] if as_table else PODS
    for obj in first:
        printer.print_object(obj, writer, "ADDED" if shows_events else "")
    writer.flush()
    for index, (kind, obj) in enumerate(events):
        shown = (tables.table(obj, pods, NOW) | ({"columnDefinitions": None} if index else {})) if as_table else obj
        printer.print_object(shown, writer, kind if shows_events else "")
        writer.flush()
    return out.getvalue()


def test_watches(tmp_path: Path) -> None:
    oracle.kubectl()
    grown = _pod("a-very-long-pod-name-5d8f-that-has-grown", "shop", {"new": "label"}, phase="Pending")
    events = [("MODIFIED", PODS[0]), ("ADDED", grown), ("DELETED", PODS[2])]
    with fakeserver.serving(OBJECTS, NOW, events) as address, ThreadPoolExecutor(4) as pool:
        _kubectl(address, tmp_path, "pods")
        theirs = list(pool.map(lambda command: _kubectl(address, tmp_path, "pods", "--watch", *command[0])[0], WATCHES))
    for (arguments, options), expected in zip(WATCHES, theirs, strict=True):
        assert _watched(arguments, options, events) == expected, arguments
