import pytest

from minikube_py.machinery import fieldselectors


@pytest.mark.parametrize(
    ("text", "shown", "matches"),
    [
        ("a=b", "a=b", True),
        ("a==b,c!=d", "a=b,c!=d", True),
        ("c=d", "c=d", False),
        ("missing=", "missing=", True),
        ("", "", True),
        ("e=x\\,y\\=z\\\\", "e=x\\,y\\=z\\\\", True),
        (",a=b,", "a=b", True),
        ("==,a=b,!=", "a=b", True),
        ("a!=", "a!=", True),
    ],
)
def test_parse(text: str, shown: str, matches: bool) -> None:
    selector = fieldselectors.parse(text)
    assert (str(selector), selector.matches({"a": "b", "e": "x,y=z\\"})) == (shown, matches)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a", "invalid selector: 'a'; can't understand 'a'"),
        ("a=b\\c", "invalid field selector: invalid escape sequence: \\c"),
        ("a=b=c", "invalid field selector: unescaped character in value: 61"),
        ("a=b\\", "invalid field selector: invalid escape sequence: \\"),
    ],
)
def test_parse_errors(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        fieldselectors.parse(text)
    assert str(caught.value) == message


def test_exact_values() -> None:
    selector = fieldselectors.parse("spec.nodeName=a,status.phase!=Failed")
    assert (selector.exact("spec.nodeName"), selector.exact("status.phase")) == ("a", None)
    assert fieldselectors.parse("").empty
    assert not selector.empty
