"""Go's words for values that do not fit their types."""

import pytest

from minikube_py.machinery import gotypes

FIELD = "json: cannot unmarshal {} into Go struct field PodSpec.spec.x of type {}"


@pytest.mark.parametrize(
    ("kind", "go_type", "said"),
    [
        ("string", "int32", "unrecognized type: int32"),
        ("number", "string", "cannot convert int64 to string"),
        ("number", "v1.DNSPolicy", "cannot convert int64 to v1.DNSPolicy"),
        ("number 1.5", "int32", "cannot convert float64 to int32"),
        ("bool", "string", "unrecognized type: string"),
        ("bool", "v1.DNSPolicy", "unrecognized type: string"),
        ("string", "bool", "unrecognized type: bool"),
        ("string", "[]v1.Container", "cannot restore slice from string"),
        ("object", "[]string", "cannot restore slice from map"),
        ("array", "map[string]string", "cannot restore map from slice"),
        ("string", "v1.PodSpec", "cannot restore struct from: string"),
    ],
)
def test_what_a_strategic_patch_does_not_fit(kind: str, go_type: str, said: str) -> None:
    assert gotypes.restore_error(FIELD.format(kind, go_type)) == said


def test_other_words_stay() -> None:
    for message in ("unexpected end", FIELD.format("number 99999999999", "int32")):
        assert gotypes.restore_error(message) == message


def test_bytes_that_are_no_base64() -> None:
    assert gotypes.restore_error("illegal base64 data at input byte 0") == "error decoding from json: illegal base64 data at input byte 0"
