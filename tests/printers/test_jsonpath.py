"""JSONPath in kubectl's dialect."""

from typing import Any

import pytest

from minikube_py.printers import jsonpath

DATA: dict[str, Any] = {
    "kind": "List",
    "items": [
        {"kind": "None", "metadata": {"name": "127.0.0.1", "labels": {"a.b/c": "x"}}, "status": {"ready": True, "n": 3}},
        {"kind": "None", "metadata": {"name": "127.0.0.2"}, "status": {"ready": False, "n": 10, "f": 1.5}},
    ],
    "users": [{"name": "myself", "user": {}}, {"name": "e2e", "user": {"username": "admin", "password": "secret"}}],
    "nothing": None,
    "list": ["a", "b", "c", "d"],
    "html": {"b": "<x>", "a": [1, 2.5]},
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain text", "plain text"),
        ("", ""),
        ("{.kind}", "List"),
        ("{$.kind}{@.kind}", "ListList"),
        ("{.items[*].metadata.name}", "127.0.0.1 127.0.0.2"),
        ("{.items[0].metadata.name}|{.items[-1:].metadata.name}", "127.0.0.1|127.0.0.2"),
        ("{.list[1:3]} {.list[::2]} {.list[:-1]} {.list[2:]}", "b c a c a b c c d"),
        ("{.list[0,2]}", "a c"),
        ("{.list[0:0]}", ""),
        ("{.items[*]['metadata.name', 'status.n']}", "127.0.0.1 127.0.0.2 3 10"),
        ("{.items[0].metadata.labels.a\\.b/c}", "x"),
        ("{.items[0]['metadata'].name}", "127.0.0.1"),
        ('{range .items[*]}{.metadata.name}{"\\t"}{.status.n}{"\\n"}{end}done', "127.0.0.1\t3\n127.0.0.2\t10\ndone"),
        ("{range .items[*]}[{range .status.n}{@}{end}]{end}", "[3][10]"),
        ("{range .nope[*]}{.x}{end}after", "after"),
        ('{.users[?(@.name=="e2e")].user.password}', "secret"),
        ("{.users[?(@.name!='e2e')].name}", "myself"),
        ("{.users[?(@.user.username)].name}", "e2e"),
        ("{.users[?(word)].name}", "myself e2e"),
        ("{.users[?(@.name[0])].name}", "myself e2e"),
        ("{.items[?(@.status.n>3)].metadata.name}", "127.0.0.2"),
        ("{.items[?(@.status.n<=3)].metadata.name}", "127.0.0.1"),
        ("{.items[?(@.status.ready==true)].metadata.name}", "127.0.0.1"),
        ("{.items[?(@.status.f>=1.5)].metadata.name}", "127.0.0.2"),
        ("{..name}", "127.0.0.1 127.0.0.2 myself e2e"),
        ("{.users..username}", "admin"),
        ("{.list.*}", "a b c d"),
        ("{.nothing}", "null"),
        ("{.html}", '{"a":[1,2.5],"b":"\\u003cx\\u003e"}'),
        ("{.items[*].status.ready} {.items[*].status.f}", "true false 1.5"),
        ("{.missing} {.kind}", " List"),
        ("{.nothing.x}", ""),
        ('{"it\'s"}{\'"\'}{"\\u00e9\\x41"}', "it's\"éA"),
        ("{ .kind }", "List"),
        ("{3}{-4}{1.5}{true}", "3-41.5true"),
    ],
)
def test_text(template: str, text: str) -> None:
    assert jsonpath.JSONPath(template, allow_missing_keys=True).execute(DATA) == text


def test_an_empty_action_is_the_whole_object() -> None:
    assert jsonpath.JSONPath("{}").execute({"b": 1, "a": None}) == '{"a":null,"b":1}'


def test_as_json() -> None:
    path = jsonpath.JSONPath("{.list[0:2]}{.nope}", allow_missing_keys=True, as_json=True)
    assert path.execute(DATA) == '[\n    "a",\n    "b"\n]\n[]\n'


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{.kind", "unclosed action"),
        ("{!}", "unrecognized character in action: U+0021 '!'"),
        ("{.list[1}", "unterminated array"),
        ("{.list[x]}", "invalid array index x"),
        ("{.list[?(@.a}", "unterminated filter"),
        ("{.list[?(@.a)}", "unclosed array expect ]"),
        ('{"abc}', "unterminated quoted string"),
        ('{"\\q"}', 'unquote string "\\q" error invalid syntax'),
        ("{.a....b}", "invalid multiple recursive descent"),
        ("{+}", "cannot parse number +"),
        ("{1.2.3}", "cannot parse number 1.2.3"),
    ],
)
def test_templates_that_can_not_be_read(template: str, problem: str) -> None:
    with pytest.raises(jsonpath.JSONPathError) as caught:
        jsonpath.JSONPath(template)
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{.missing}", "missing is not found"),
        ("{.items[*].nope}", "nope is not found"),
        ("{.list[4]}", "array index out of bounds: index 4, length 4"),
        ("{.list[-5]}", "array index out of bounds: index -1, length 4"),
        ("{.list[0:9]}", "array index out of bounds: index 8, length 4"),
        ("{.list[3:1]}", "starting index 3 is greater than ending index 1"),
        ("{.list[::0]}", "step must be > 0"),
        ("{.html[0]}", "map[string]interface {} is not array or slice"),
        ("{.kind[0]}", "string is not array or slice"),
        ("{range .items[0:0]}{$[?(@.a)]}{end}", "<invalid reflect.Value> is not array or slice and cannot be filtered"),
        ("{.kind[?(@.a)]}", "List is not array or slice and cannot be filtered"),
        ('{.items[?(@.status.n=="3")]}', "incompatible types for comparison"),
        ("{.items[?(@.status>3)]}", "invalid type for comparison"),
        ("{.items[?(@.status.ready>true)]}", "invalid type for comparison"),
        ("{.items[?(@.kind=<3)]}", "unrecognized filter operator =<"),
        ("{.items[?(@..name==3)]}", "can only compare one element at a time"),
        ("{end}", "not in range, nothing to end"),
        ("{nonsense}", "unrecognized identifier nonsense"),
    ],
)
def test_templates_that_do_not_fit(template: str, problem: str) -> None:
    data = DATA | {"items": [item | {"name": "twice"} for item in DATA["items"]]}
    with pytest.raises(jsonpath.JSONPathError) as caught:
        jsonpath.JSONPath(template).execute(data)
    assert str(caught.value) == problem


@pytest.mark.parametrize("given", ["metadata.name", ".metadata.name", "{metadata.name}", "{.metadata.name}"])
def test_relaxed(given: str) -> None:
    assert jsonpath.relaxed(given) == "{.metadata.name}"


def test_relaxed_refuses_two_actions() -> None:
    assert jsonpath.relaxed("") == ""
    with pytest.raises(jsonpath.JSONPathError, match="^unexpected path string, expected a 'name1.name2' or"):
        jsonpath.relaxed("{.a}{.b}")
