"""Errors as kubectl prints them, alone and several together."""

import io

import pytest

from minikube_py.cli import failures
from minikube_py.machinery import errors, fielderrors
from minikube_py.machinery.errors import KctlError


def printed(error: KctlError) -> tuple[int, str]:
    err = io.StringIO()
    return failures.report(error, err), err.getvalue()


PLAIN = KctlError("no objects passed to apply")
MISSING = errors.NotFound("pods", "a")
INVALID = errors.Invalid("Pod", "a", [fielderrors.required("spec.x")])


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (PLAIN, "error: no objects passed to apply\n"),
        (KctlError("error: twice"), "error: twice\n"),
        (failures.Verbatim("Unable to connect"), "Unable to connect\n"),
        (MISSING, 'Error from server (NotFound): pods "a" not found\n'),
        (INVALID, 'The Pod "a" is invalid: spec.x: Required value\n'),
        (errors.Unauthorized(), "error: You must be logged in to the server (Unauthorized)\n"),
        (failures.Several([PLAIN]), "error: no objects passed to apply\n"),
        (failures.Several([PLAIN, MISSING]), 'no objects passed to apply\nError from server (NotFound): pods "a" not found\n'),
        (failures.Several([INVALID, PLAIN]), 'Error from server (Invalid): Pod "a" is invalid: spec.x: Required value\nno objects passed to apply\n'),
        (failures.Several([failures.Several([PLAIN])]), "no objects passed to apply\n"),
        (failures.Several([failures.Several([PLAIN, MISSING]), PLAIN]), '[no objects passed to apply, pods "a" not found]\nno objects passed to apply\n'),
    ],
)
def test_errors_are_printed_as_kubectl_does(error: KctlError, text: str) -> None:
    assert printed(error) == (1, text)


def test_an_exit_code_prints_nothing() -> None:
    assert printed(failures.ExitCode(7)) == (7, "")


def test_the_source_is_told_and_the_status_stays() -> None:
    error = failures.with_source("creating", "f.yaml", MISSING)
    assert isinstance(error, errors.NotFound)
    assert printed(error) == (1, 'Error from server (NotFound): error when creating "f.yaml": pods "a" not found\n')
    assert printed(failures.with_source("creating", "f.yaml", PLAIN)) == (1, 'error: error when creating "f.yaml": no objects passed to apply\n')
    assert failures.with_source("creating", "", PLAIN) is PLAIN


def test_one_error_stays_itself() -> None:
    assert failures.combined([]) is None
    assert failures.combined([PLAIN]) is PLAIN
    assert isinstance(failures.combined([PLAIN, MISSING]), failures.Several)
