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
