"""kctl delete."""

import pytest

from minikube_py.testing import Kctl
from tests.cli.commands.manifests import CONFIG_MAP, DEPLOYMENT

AT_ONCE = (
    "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. "
    "The resource may continue to run on the cluster indefinitely.\n"
)


def test_by_name(kctl: Kctl) -> None:
    kctl("run web --image=nginx")
    assert kctl("delete pod web") == 'pod "web" deleted\n'
    assert kctl.result("delete pod web") == (1, "", 'Error from server (NotFound): pods "web" not found\n')
    assert kctl("delete pod web --ignore-not-found") == ""


def test_several_of_several_types(kctl: Kctl) -> None:
    kctl("run a --image=nginx --port=80 --expose")
    kctl("run b --image=nginx --port=80 --expose")
    assert kctl("delete pod,svc a b") == 'pod "a" deleted\npod "b" deleted\nservice "a" deleted\nservice "b" deleted\n'
    result = kctl.result("delete pod/a svc/b")
    assert result == (1, "", 'Error from server (NotFound): pods "a" not found\nError from server (NotFound): services "b" not found\n')


def test_by_selector(kctl: Kctl) -> None:
    for name in ("a", "b", "c"):
        kctl(f"run {name} --image=nginx -l app={'x' if name != 'c' else 'y'}")
    assert kctl("delete pods -l app=x") == 'pod "a" deleted\npod "b" deleted\n'
    assert kctl("delete pods -l app=x") == "No resources found\n"
    assert kctl("delete pods --field-selector=metadata.name=c") == 'pod "c" deleted\n'


def test_all_in_all_namespaces(kctl: Kctl) -> None:
    kctl("create ns other")
    kctl("create cm a")
    kctl("create cm b -n other")
    kctl("label cm a x=y")
    kctl("label cm b x=y -n other")
    assert kctl("delete cm -A -l x=y -o name") == "configmap/a\nconfigmap/b\n"


def test_files_and_dry_runs(kctl: Kctl) -> None:
    both = CONFIG_MAP + "---\n" + DEPLOYMENT
    kctl("apply -f -", both)
    assert kctl("delete -f - --dry-run=client", both) == 'configmap "settings" deleted (dry run)\ndeployment.apps "web" deleted (dry run)\n'
    assert kctl("delete -f - --dry-run=server", both) == (
        'configmap "settings" deleted (server dry run)\ndeployment.apps "web" deleted (server dry run)\n'
    )
    assert kctl("delete -f -", both) == 'configmap "settings" deleted\ndeployment.apps "web" deleted\n'
    assert kctl("get pods -o name") == ""
    gone = kctl.result("delete -f -", CONFIG_MAP)
    assert gone == (1, "", 'Error from server (NotFound): error when deleting "STDIN": configmaps "settings" not found\n')


def test_orphans_stay(kctl: Kctl) -> None:
    kctl("apply -f -", DEPLOYMENT)
    assert kctl("delete deploy web --cascade=orphan") == 'deployment.apps "web" deleted\n'
    assert len(kctl("get pods -o name").splitlines()) == 2


def test_force_says_what_it_means(kctl: Kctl) -> None:
    kctl("run web --image=nginx")
    assert kctl.result("delete pod web --force") == (0, 'pod "web" force deleted\n', AT_ONCE)


def test_finalizers_are_waited_for(kctl: Kctl) -> None:
    held = CONFIG_MAP.replace("  name: settings", "  name: settings\n  finalizers: [example.com/hold]")
    kctl("create -f -", held)
    assert kctl.result("delete cm settings --timeout=1ms") == (
        1, 'configmap "settings" deleted\n', "error: timed out waiting for the condition on configmaps/settings\n")  # fmt: skip
    assert kctl("delete cm settings --wait=false") == 'configmap "settings" deleted\n'
    changed = kctl.result("apply -f -", held)
    assert changed.err.endswith("Warning: Detected changes to resource settings which is currently being deleted.\n")


def test_namespaces_go_with_all_that_they_hold(kctl: Kctl) -> None:
    kctl("create ns team")
    kctl("run web --image=nginx -n team")
    result = kctl.result("delete ns team -n other")
    assert result == (0, 'namespace "team" deleted\n', "Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n")
    assert kctl("get pods -A -o name --field-selector=metadata.namespace=team") == ""


def test_who_is_asked_may_say_no(kctl: Kctl) -> None:
    kctl("create cm a")
    question = "You are about to delete the following 1 resource(s):\nconfigmap/a\nDo you want to continue? (y/n): "
    assert kctl("delete cm a -i", "n\n") == question + "deletion is cancelled\n"
    assert kctl("delete cm a -i", "y\n") == question + 'configmap "a" deleted\n'


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("delete", "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n"
         "   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'"),
        ("delete pods", "resource(s) were provided, but no name was specified"),
        ("delete pods x --all", "name cannot be provided when a selector is specified"),
        ("delete pods/x --all", "selectors and the all flag cannot be used when passing resource/name arguments"),
        ("delete --all", "at least one resource must be specified to use a selector"),
        ("delete pods --all -l a=b", "setting 'all' parameter but found a non empty selector. "),
        ("delete pods x -A", "a resource cannot be retrieved by name across all namespaces"),
        ("delete pods x --now --grace-period=3", "--now and --grace-period cannot be specified together"),
        ("delete pods x --force --grace-period=3", "--force and --grace-period greater than 0 cannot be specified together"),
        ("delete pods x -o yaml", "unexpected -o output mode: yaml. We only support '-o name'"),
        ("delete things x", 'the server doesn\'t have a resource type "things"'),
    ],
)  # fmt: skip
def test_what_makes_no_sense(kctl: Kctl, line: str, error: str) -> None:
    assert kctl.result(line) == (1, "", f"error: {error}\n")
