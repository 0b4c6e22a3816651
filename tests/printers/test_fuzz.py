"""Whatever a user types as a template is printed or refused, and nothing else comes out."""

from hypothesis import given, settings
from hypothesis import strategies as st

from minikube_py.printers import gotemplate, jsonpath, tabwriter
from tests.printers import oracle, templates

_GO = st.lists(
    st.sampled_from(
        ["{{", "}}", "{{- ", " -}}", ".", ".spec", ".kind", "$", "$x", ":=", "=", "|", "(", ")", '"a"', "`b`", "'c'", "1", "2.5", "nil", "true", " ",
         "if ", "range ", "with ", "else ", "end", "define ", "template ", "block ", "break", "continue", "index ", "printf ", "eq ", "len ",
         "slice ", "and ", "not ", "%d", "/*", "*/", ",", "\n", "é"]
    ),
    max_size=14,
)  # fmt: skip
_PATH = st.lists(
    st.sampled_from(["{", "}", ".", "..", "[", "]", "*", "?(", ")", "@", "$", "spec", "words", "range ", "end", "0", "-1", ":", ",", "'a'", '"b"',
                     "==", "<", "\\", " ", "true", "\n", "é", "!"]),
    max_size=14,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(_GO)
def test_go_templates(parts: list[str]) -> None:
    try:
        assert isinstance(gotemplate.Template("".join(parts)).render(oracle.THING), str)
    except gotemplate.TemplateError as error:
        assert str(error).startswith("template: output:")


@settings(max_examples=150, deadline=None)
@given(_PATH)
def test_jsonpath(parts: list[str]) -> None:
    try:
        assert isinstance(jsonpath.JSONPath("".join(parts), allow_missing_keys=True).execute(oracle.THING), str)
    except jsonpath.JSONPathError as error:
        assert str(error)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(templates.lines(templates.GOOD)), st.integers(0, 60), st.integers(1, 3))
def test_damaged_go_templates(template: str, at: int, length: int) -> None:
    damaged = template[:at] + template[at + length :]
    try:
        assert isinstance(gotemplate.Template(damaged).render(oracle.THING), str)
    except gotemplate.TemplateError as error:
        assert str(error).startswith("template: output:")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.text("ab é", max_size=9), min_size=3, max_size=3), min_size=1, max_size=6))
def test_aligned_rows_keep_their_cells_and_their_columns(rows: list[list[str]]) -> None:
    lines = tabwriter.aligned("".join("\t".join(row) + "\n" for row in rows)).split("\n")[:-1]
    widths = [max(6, max(len(row[column]) for row in rows) + 3) for column in range(2)]
    assert [(line[: widths[0]].rstrip(), line[sum(widths) :]) for line in lines] == [(row[0].rstrip(), row[2]) for row in rows]


def test_deep_nesting_is_refused() -> None:
    for make in (lambda: gotemplate.Template("{{" + "(" * 5000 + ")" * 5000 + "}}"), lambda: jsonpath.JSONPath("{" + "[?(" * 2000 + "}")):
        try:
            make()
            raise AssertionError("read")
        except (gotemplate.TemplateError, jsonpath.JSONPathError) as error:
            assert str(error)
