"""Go templates."""

from typing import Any

import pytest

from minikube_py.printers import gotemplate
from tests.printers import oracle


def render(template: str, data: Any = oracle.THING, **options: Any) -> str:
    return gotemplate.Template(template, **options).render(data)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{.kind}}-{{.spec.int}}-{{.spec.float}}-{{.spec.exp}}", "Thing-1234567-1.5-1e+30"),
        ("{{.nope}} {{.spec.nil}} {{.nope.nope}}", "<no value> <no value> <no value>"),
        ("{{.spec.list}} {{.spec.nested}}", "[1 two map[k:v] <nil> [true 2.5]] map[a:map[b:[map[n:p v:1] map[n:q v:20 w:map[]]]] z:1]"),
        ("{{range $i, $w := .spec.words}}{{if $i}},{{end}}{{$w}}{{end}}", "a,b,c,d"),
        ("{{range .spec.none}}x{{else}}none{{end}}", "none"),
        ('{{range .spec.words}}{{if eq . "b"}}{{continue}}{{end}}{{if eq . "d"}}{{break}}{{end}}{{.}}{{end}}', "ac"),
        ("{{range $k, $v := .metadata.labels}}{{$k}}={{$v} }}", None),
        ("{{if .spec.empty}}1{{else if .spec.int}}2{{else}}3{{end}}", "2"),
        ("{{with .nope}}1{{else with .kind}}{{.}}{{end}}", "Thing"),
        ("{{$x := 1}}{{if true}}{{$x = 2}}{{$x := 3}}{{$x}}{{end}}{{$x}}", "32"),
        ("a {{- /* c */ -}} b {{- .kind -}} c", "abThingc"),
        ('{{define "T"}}<{{.}}>{{end}}{{template "T" .kind}}{{block "B" 3}}[{{.}}]{{end}}', "<Thing>[3]"),
        ('{{index .spec.words 1}}{{index .metadata.labels "a.b/c"}}{{slice .kind 1 3}}{{len .spec.words}}', "bdhi4"),
        ('{{printf "%s|%5d|%-4s|%q|%v|%.2f" .kind 42 "ab" "x" .spec.words 3.14159}}', 'Thing|   42|ab  |"x"|[a b c d]|3.14'),
        ('{{printf "%d" "x"}} {{printf "%d"}} {{printf "x" 1}}', "%!d(string=x) %!d(MISSING) x%!(EXTRA int=1)"),
        ('{{.spec.b64 | base64decode | html}} {{exists .spec.words 9}} {{exists .spec "int"}}', "hello false true"),
        ('{{and 1 0 2}} {{or .nope "d"}} {{not .kind}} {{eq .kind "a" "Thing"}} {{lt 1 2}} {{ge "b" "a"}}', "0 d false true true true"),
        ('{{print "a" 1 2 "b"}}{{println 1 "x"}}', "a1 2b1 x\n"),
        ('{{html "<\'&\\">"}} {{js "<=\'"}} {{urlquery "a b/é"}}', "&lt;&#39;&amp;&#34;&gt; \\u003C\\u003D\\' a+b%2F%C3%A9"),
        ("{{0x1F}}{{'a'}}{{1e3}}{{-2}}{{`raw\\n`}}", "31971000-2raw\\n"),
    ],
)
def test_text(template: str, text: str | None) -> None:
    if text is None:
        with pytest.raises(gotemplate.TemplateError, match='unexpected "}" in operand|bad character'):
            render(template)
        return
    assert render(template) == text


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{.a", "template: output:1: unclosed action"),
        ("x\n{{.a\n", "template: output:3: unclosed action started at output:2"),
        ("{{foo}}", 'template: output:1: function "foo" not defined'),
        ("{{$x}}", 'template: output:1: undefined variable "$x"'),
        ("{{if}}{{end}}", "template: output:1: missing value for if"),
        ("{{if .a}}", "template: output:1: unexpected EOF"),
        ("{{end}}", "template: output:1: unexpected {{end}}"),
        ("{{break}}", "template: output:1: {{break}} outside {{range}}"),
        ("{{.a | 3}}", "template: output:1: non executable command in pipeline stage 2"),
        ("{{(.a}}", "template: output:1: unclosed left paren"),
    ],
)
def test_templates_that_can_not_be_read(template: str, problem: str) -> None:
    with pytest.raises(gotemplate.TemplateError) as caught:
        gotemplate.Template(template)
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{.kind.x}}", '1:7: executing "output" at <.kind.x>: can\'t evaluate field x in type interface {}'),
        ("{{.spec.nil.x}}", '1:7: executing "output" at <.spec.nil.x>: nil pointer evaluating interface {}.x'),
        ("a\n {{index .spec.words 9}}", '2:3: executing "output" at <index .spec.words 9>: error calling index: index out of range: 9'),
        ("{{eq 1 .spec.float}}", '1:2: executing "output" at <eq 1 .spec.float>: error calling eq: incompatible types for comparison'),
        ("{{not}}", '1:2: executing "output" at <not>: wrong number of args for not: want 1 got 0'),
        ('{{template "T"}}', '1:11: executing "output" at <{{template "T"}}>: template "T" not defined'),
        ("{{range .kind}}{{end}}", '1:8: executing "output" at <.kind>: range can\'t iterate over Thing'),
        ('{{define "T"}}{{.x.y}}{{end}}{{template "T" .kind}}', '1:18: executing "T" at <.x.y>: can\'t evaluate field x in type string'),
    ],
)
def test_templates_that_fail(template: str, problem: str) -> None:
    with pytest.raises(gotemplate.TemplateError) as caught:
        render(template)
    assert str(caught.value).removeprefix("template: output:") == problem


def test_missing_keys_can_be_errors() -> None:
    with pytest.raises(gotemplate.TemplateError, match='map has no entry for key "nope"$'):
        render("{{.nope}}", allow_missing_keys=False)


def test_endless_recursion_is_an_error() -> None:
    with pytest.raises(gotemplate.TemplateError, match="exceeded maximum template depth"):
        render('{{define "T"}}{{template "T" .}}{{end}}{{template "T" .}}')


def test_what_was_made_before_a_failure_is_written() -> None:
    parts: list[str] = []
    with pytest.raises(gotemplate.TemplateError):
        gotemplate.Template("a{{.kind}}b{{.kind.x}}c").execute(oracle.THING, parts.append)
    assert "".join(parts) == "aThingb"
