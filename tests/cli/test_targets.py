"""What names mean that are empty, as from an unset variable of a shell: an error in kubectl's words, and never all objects."""

import pytest

from minikube_py.cli import targets
from minikube_py.machinery import errors
from minikube_py.testing import Kctl

_EMPTY = "error: resource name may not be empty\n"


def test_names_of_one_kind() -> None:
    assert targets.of_kind("nodes", ["a", "pods/b"]) == ["nodes/a", "pods/b"]
    with pytest.raises(errors.KctlError, match="resource name may not be empty"):
        targets.of_kind("nodes", ["a", ""])


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["taint", "nodes", "", "a=b:NoSchedule"], _EMPTY),
        (["cordon", ""], _EMPTY),
        (["drain", ""], _EMPTY),
        (["certificate", "approve", ""], _EMPTY),
        (["get", "pods", ""], _EMPTY),
        (["get", "pods/"], "error: arguments in resource/name form must have a single resource and name\n"),
        (["annotate", "cm/a", "b", "c=d", "-l=x=y"],
         "error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form "
         "(e.g. 'kctl get resource/<resource_name>' instead of 'kctl get resource resource/<resource_name>'\n"),
        (["annotate", "cm/a", "c=d", "-l=x=y"], "error: selectors and the all flag cannot be used when passing resource/name arguments\n"),
        (["logs", ""], f"error: {targets.MISSING}\n"),
        (["events", "--for=/x"], "error: a resource must be present, got: /, Resource=\n"),
        (["kustomize", ""], "error: must build at directory: directory path cannot be empty\n"),
    ],
)  # fmt: skip
def test_words_that_name_nothing(kctl: Kctl, words: list[str], text: str) -> None:
    assert kctl.result(words) == (1, "", text)


def test_an_empty_name_beside_others(kctl: Kctl) -> None:
    kctl("create cm a")
    assert kctl.result(["get", "cm", "", "a", "-o", "name"]) == (1, "configmap/a\n", _EMPTY)
    assert kctl.result(["label", "cm", "", "a", "x=y", "--dry-run=client"]) == (1, "configmap/a labeled (dry run)\n", _EMPTY)
    assert kctl.result(["taint", "nodes", "minikube", "", "a=b:NoSchedule", "--dry-run=client", "-o", "name"]) == (1, "node/minikube\n", _EMPTY)
    assert kctl.result(["delete", "cm", "", "a", "--dry-run=client"]) == (0, 'configmap "" deleted (dry run)\nconfigmap "a" deleted (dry run)\n', "")
    assert kctl.result(["delete", "cm", ""]) == (1, "", _EMPTY)
    assert kctl("get cm a -o name") == "configmap/a\n"


def test_what_makes_no_sense_is_said_in_order(kctl: Kctl) -> None:
    kctl("create cm a")
    bulk = "error: subresource cannot be used when bulk resources are specified\n"
    assert kctl.result("get nothing --subresource=status") == (1, "", bulk)
    assert kctl.result("label cm/b x=y -o bogus") == (1, "", 'Error from server (NotFound): configmaps "b" not found\n')
    slashes = "error: arguments in resource/name form may not have more than one slash\n"
    assert kctl.result("set env -f - A=b --from a/b/c", "{}") == (1, "", slashes)
    missing = 'couldn\'t find any field with path "{.a}" in the list of objects'
    assert kctl.result("get cm a b --sort-by=a -o name") == (1, "", f'Error from server (NotFound): configmaps "b" not found\n{missing}\n')
    assert kctl.result("set selector svc/none a!=b --dry-run=client -o bogus") == (1, "", 'error: "!=" is not a valid label selector operator\n')
    assert kctl.result("set sa svc/none a --local --dry-run=server -o bogus") == (
        1, "", "error: cannot specify --local and --dry-run=server - did you mean --dry-run=client?\n")  # fmt: skip
    assert kctl.result("run x --image=x --env=A- --port=http --dry-run=client") == (1, "", "error: invalid env: A-\n")
    assert kctl.result("run x --image=x --annotations=a --labels==b --dry-run=client") == (1, "", "error: invalid annotations format: a\n")


def test_a_deprecated_dry_run_is_told_of_once(kctl: Kctl) -> None:
    kctl("create service clusterip s --tcp=80")
    code, out, err = kctl.result("set selector svc/s a=b --dry-run -o name")
    assert (code, out, err.count("--dry-run is deprecated")) == (0, "service/s\n", 1)
