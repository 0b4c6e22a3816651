"""kctl apply, as transcripts."""

import json
from typing import Any

import pytest

from minikube_py.machinery import errors
from minikube_py.testing import Kctl
from tests.cli.commands.manifests import CONFIG_MAP, DEPLOYMENT

ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
MISSING = (
    f"Warning: resource configmaps/settings is missing the {ANNOTATION} annotation which is required by kctl apply. kctl apply should only be "
    "used on resources created declaratively by either kctl create --save-config or kctl apply. The missing annotation will be patched automatically.\n"
)


def stored(kctl: Kctl, what: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(kctl(f"get {what} -o json --show-managed-fields"))
    return found


def managers(obj: dict[str, Any]) -> list[tuple[str, str]]:
    return [(entry["manager"], entry["operation"]) for entry in obj["metadata"]["managedFields"]]


def test_created_unchanged_configured(kctl: Kctl) -> None:
    both = CONFIG_MAP + "---\n" + DEPLOYMENT
    assert kctl("apply -f -", both) == "configmap/settings created\ndeployment.apps/web created\n"
    assert kctl("apply -f -", both) == "configmap/settings unchanged\ndeployment.apps/web unchanged\n"
    changed = both.replace("replicas: 2", "replicas: 1")
    assert kctl("apply -f -", changed) == "configmap/settings unchanged\ndeployment.apps/web configured\n"
    assert stored(kctl, "deploy web")["spec"]["replicas"] == 1


def test_the_annotation_is_kubectls(kctl: Kctl) -> None:
    kctl("apply -f -", CONFIG_MAP)
    obj = stored(kctl, "cm settings")
    assert obj["metadata"]["annotations"][ANNOTATION] == (
        '{"apiVersion":"v1","data":{"color":"blue"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"settings","namespace":"default"}}\n'
    )
    assert managers(obj) == [("kubectl-client-side-apply", "Update")]


def test_fields_that_were_applied_and_are_gone_go(kctl: Kctl) -> None:
    kctl("apply -f -", CONFIG_MAP + "  size: big\n")
    kctl("patch cm settings --type merge -p '{\"data\":{\"other\":\"1\"}}'")
    assert kctl("apply -f -", CONFIG_MAP) == "configmap/settings configured\n"
    assert stored(kctl, "cm settings")["data"] == {"color": "blue", "other": "1"}


def test_objects_of_others_get_the_annotation(kctl: Kctl) -> None:
    kctl("create -f -", CONFIG_MAP)
    assert kctl.result("apply -f -", CONFIG_MAP) == (0, "configmap/settings configured\n", MISSING)
    assert kctl("apply -f -", CONFIG_MAP) == "configmap/settings unchanged\n"


def test_dry_runs_change_nothing(kctl: Kctl) -> None:
    assert kctl("apply -f - --dry-run=client", CONFIG_MAP) == "configmap/settings created (dry run)\n"
    assert kctl("apply -f - --dry-run=server", CONFIG_MAP) == "configmap/settings created (server dry run)\n"
    assert kctl("get cm settings --ignore-not-found") == ""
    kctl("apply -f -", CONFIG_MAP)
    red = CONFIG_MAP.replace("blue", "red")
    assert kctl("apply -f - --dry-run=client", CONFIG_MAP) == "configmap/settings configured (dry run)\n"
    assert kctl("apply -f - --dry-run=server", CONFIG_MAP) == "configmap/settings unchanged (server dry run)\n"
    assert kctl("apply -f - --dry-run=server", red) == "configmap/settings configured (server dry run)\n"
    assert stored(kctl, "cm settings")["data"] == {"color": "blue"}


def test_output_formats(kctl: Kctl) -> None:
    assert kctl("apply -f - -o name", CONFIG_MAP) == "configmap/settings\n"
    assert kctl("apply -f - -o jsonpath={.data.color}", CONFIG_MAP) == "blue"
    both = json.loads(kctl("apply -f - -o json", CONFIG_MAP + "---\n" + DEPLOYMENT))
    assert (both["kind"], [item["kind"] for item in both["items"]], both["metadata"]) == ("List", ["ConfigMap", "Deployment"], {})
    assert "managedFields" not in both["items"][0]["metadata"]


def test_errors_name_the_file_and_others_are_applied(kctl: Kctl) -> None:
    unknown = DEPLOYMENT.replace("replicas", "replica")
    assert kctl.result("apply -f -", unknown + "---\n" + CONFIG_MAP) == (
        1,
        "configmap/settings created\n",
        'Error from server (BadRequest): error when creating "STDIN": Deployment in version "v1" cannot be handled as a Deployment: '
        'strict decoding error: unknown field "spec.replica"\n',
    )
    wrong = kctl.result("apply -f - -n nowhere", CONFIG_MAP)
    assert wrong == (1, "", 'Error from server (NotFound): error when creating "STDIN": namespaces "nowhere" not found\n')


def test_duplicate_fields_are_refused_unless_validation_is_off(kctl: Kctl) -> None:
    twice = CONFIG_MAP + "  color: red\n"
    assert kctl.result("apply -f -", twice) == (
        1,
        "",
        'Error from server (BadRequest): error when creating "STDIN": ConfigMap in version "v1" cannot be handled as a ConfigMap: '
        'strict decoding error: duplicate field "data.color"\n',
    )
    assert kctl.result("apply -f - --validate=warn --dry-run=server", twice) == (
        0, "configmap/settings created (server dry run)\n", 'Warning: duplicate field "data.color"\n')  # fmt: skip
    assert kctl("apply -f - --validate=ignore", twice) == "configmap/settings created\n"
    assert stored(kctl, "cm settings")["data"] == {"color": "red"}


def test_a_refused_patch_is_shown(kctl: Kctl) -> None:
    kctl("apply -f -", DEPLOYMENT)
    moved = DEPLOYMENT.replace("app: web", "app: other")
    result = kctl.result("apply -f -", moved)
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        'The Deployment "web" is invalid: spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"app":"other"}, '
        "MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable\n"
    )
    two = kctl.result("apply -f -", moved + "---\n" + DEPLOYMENT.replace("name: web\nspec", "name: w_b\nspec"))
    assert two.err.startswith('Error from server (Invalid): error when applying patch:\n{"metadata":{"annotations":{')
    assert ('to:\nResource: "apps/v1, Resource=deployments", GroupVersionKind: "apps/v1, Kind=Deployment"\nName: "web", Namespace: "default"\n'
            'for: "STDIN": error when patching "STDIN": Deployment.apps "web" is invalid') in two.err  # fmt: skip


def test_force_recreates_what_cannot_be_patched(kctl: Kctl) -> None:
    kctl("apply -f -", DEPLOYMENT)
    before = stored(kctl, "deploy web")["metadata"]["uid"]
    assert kctl("apply --force -f -", DEPLOYMENT.replace("app: web", "app: other")) == "deployment.apps/web configured\n"
    after = stored(kctl, "deploy web")
    assert after["metadata"]["uid"] != before
    assert after["spec"]["selector"] == {"matchLabels": {"app": "other"}}


def test_conflicts_are_tried_again(kctl: Kctl, monkeypatch: pytest.MonkeyPatch) -> None:
    kctl("apply -f -", CONFIG_MAP)
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    handle, refused = kctl.cluster.server.handle, []

    def busy(request: Any) -> Any:
        if request.verb == "patch" and len(refused) < 3:
            refused.append(request.name)
            raise errors.Conflict("configmaps", request.name)
        return handle(request)

    monkeypatch.setattr(kctl.cluster.server, "handle", busy)
    assert kctl("apply -f -", CONFIG_MAP.replace("blue", "red")) == "configmap/settings configured\n"
    assert (len(refused), pauses) == (3, [1.0, 1.0])


def test_server_side(kctl: Kctl) -> None:
    assert kctl("apply --server-side -f -", CONFIG_MAP) == "configmap/settings serverside-applied\n"
    obj = stored(kctl, "cm settings")
    assert managers(obj) == [("kubectl", "Apply")]
    assert "annotations" not in obj["metadata"]
    assert kctl("apply --server-side -f - --dry-run=server", CONFIG_MAP) == "configmap/settings serverside-applied (server dry run)\n"


def test_conflicts_of_server_side_apply_give_advice(kctl: Kctl) -> None:
    kctl("apply --server-side -f -", DEPLOYMENT)
    kctl("scale deploy web --replicas=1")
    kctl("patch deploy web --field-manager=me --type merge -p '{\"spec\":{\"replicas\":3}}'")
    result = kctl.result("apply --server-side -f -", DEPLOYMENT)
    assert (result.code, result.out) == (1, "")
    assert result.err == """error: Apply failed with 1 conflict: conflict with "me" using apps/v1: .spec.replicas
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
"""
    assert kctl("apply --server-side --force-conflicts -f -", DEPLOYMENT) == "deployment.apps/web serverside-applied\n"
    assert stored(kctl, "deploy web")["spec"]["replicas"] == 2


def test_objects_move_from_client_side_to_server_side(kctl: Kctl) -> None:
    kctl("apply -f -", CONFIG_MAP + "  size: big\n")
    assert kctl("apply --server-side -f -", CONFIG_MAP) == "configmap/settings serverside-applied\n"
    obj = stored(kctl, "cm settings")
    assert sorted(managers(obj)) == [("kubectl", "Apply"), ("kubectl-last-applied", "Apply")]
    assert obj["data"] == {"color": "blue"}


def test_prune_deletes_what_was_applied_and_is_gone(kctl: Kctl) -> None:
    labelled = CONFIG_MAP.replace("  name: settings", "  name: settings\n  labels: {app: x}")
    kctl("apply -f -", labelled + "---\n" + labelled.replace("settings", "old"))
    kctl("create -f -", labelled.replace("settings", "by-hand"))
    result = kctl.result("apply -f - --prune -l app=x --prune-allowlist=core/v1/ConfigMap", labelled)
    assert result == (0, "configmap/settings unchanged\nconfigmap/old pruned\n", "")
    assert kctl("get cm -l app=x -o name") == "configmap/by-hand\nconfigmap/settings\n"


def test_generated_names_cannot_be_applied(kctl: Kctl) -> None:
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: x-}\n"
    assert kctl.result("apply -f -", manifest) == (1, "", "error: from x-: cannot use generate name with apply\n")


def test_the_selector_chooses_among_the_objects_of_files(kctl: Kctl) -> None:
    other = CONFIG_MAP.replace("name: settings", "name: chosen\n  labels: {a: b}")
    assert kctl("apply -f - -l a=b", CONFIG_MAP + "---\n" + other) == "configmap/chosen created\n"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("apply", "must specify one of -f and -k"),
        ("apply -f x extra", "Unexpected args: [extra]\nSee 'kctl apply -h' for help and examples"),
        ("apply -f x --force-conflicts", "--force-conflicts only works with --server-side"),
        ("apply -f x --server-side --dry-run=client", "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"),
        ("apply -f x --server-side --force", "--force cannot be used with --server-side"),
        ("apply -f x --all -l a=b", "cannot set --all and --selector at the same time"),
        ("apply -f x --prune --force --all", "--force cannot be used with --prune"),
        ("apply -f x --dry-run=maybe", 'Invalid dry-run value (maybe). Must be "none", "server", or "client".'),
        ("apply -f x --validate=maybe", 'invalid - validate option "maybe"; must be one of: strict (or true), warn, ignore (or false)'),
        ("apply -f x --cascade=maybe", 'invalid cascade value (maybe). Must be "background", "foreground", or "orphan"'),
        ("apply -k x -f y", "only one of -f or -k can be specified"),
    ],
)
def test_what_makes_no_sense(kctl: Kctl, line: str, error: str) -> None:
    assert kctl.result(line) == (1, "", f"error: {error}\n")
