"""Every output format against kubectl itself."""

import io
import random
from pathlib import Path

from minikube_py.machinery.errors import KctlError
from minikube_py.printers import output
from tests.printers import oracle, templates

JSONPATHS = r"""
{.spec}|{}|{.spec.int} {.spec.big} {.spec.neg} {.spec.float}|{.spec.exp} {.spec.tiny} {.spec.long}
{.spec.true}{.spec.false}|{.spec.nil}|x{.spec.nil.y}x|{.spec.text}|{.spec.multi}|{.spec.list}|{.spec.list[*]}
{.spec.list[3]}|{.spec.list[0:3]}|{.spec.words[-1:]}|{.spec.words[::2]}|{.spec.words[-2]}|{.spec.words[9]}
{.spec.words[1:9]}|{.spec.words[3:1]}|{.spec.words[a]}|{.spec.words[0,2]}|{.spec.words['a']}|{.spec['int','neg']}
{.metadata.labels.a\.b/c}|{..v}|{..n}|{.spec.nested..n}|{...n}|{.spec.nested.a.b[?(@.n=="q")].v}
{.spec.nested.a.b[?(@.v>5)].n}|{.spec.nested.a.b[?(@.w)].n}|{.spec.nested.a.b[?(@.v=="1")]}
{range .spec.words[*]}<{@}>{end}|{range .spec.nested.a.b[*]}{.n}:{.v}{"\n"}{end}rest|{range .spec.none[*]}{.x}{end}z
{end}|{range .spec.words[*]}{@}|{.spec.nope}|{.nope.nope.nope[0]}|{.kind[0]}|{.kind[?(@.x)]}|{.spec.map}{.spec.none}
{"a\tb"}|{'it'}|{'\''}|{"\x"}|{!}|{.spec|{.a.b c}|{foo}|{3}{true}|{.metadata.name}/{.kind}
{.spec.nested.a.b[?(@.n!='q')].n}|{.spec.nested.a.b[?(@.v<=1)].n}|{.spec.nested.a.b[?(@.n)].v}|{.spec.words[?(@=="b")]}
{.spec.ints[?(@>=2)]}|{.spec.b64[0:2]}
"""


def ours(options: list[str]) -> tuple[str, str]:
    out = io.StringIO()
    arguments = dict(zip(options[::2], options[1::2], strict=True))
    try:
        missing = arguments.get("--allow-missing-template-keys", "true") == "true"
        made = output.for_command(arguments["-o"], template=arguments.get("--template", ""), allow_missing_template_keys=missing)
        made.print_object(oracle.THING, out)
    except KctlError as error:
        problem = f"error: {error}"
        return out.getvalue(), problem if problem.endswith("\n") else problem + "\n"
    return out.getvalue(), ""


def compare(folder: Path, outputs: list[list[str]]) -> None:
    theirs = oracle.printed(folder, [[f"{flag}={value}" for flag, value in zip(o[::2], o[1::2], strict=True)] for o in outputs])
    assert {str(options): ours(options) for options in outputs} == dict(zip(map(str, outputs), theirs, strict=True))


def test_json_yaml_and_name(tmp_path: Path) -> None:
    compare(tmp_path, [["-o", "json"], ["-o", "yaml"], ["-o", "name"], ["-o", "JSON"], ["-o", "foo"], ["-o", "jsonpath"], ["-o", "wide"]])


def test_jsonpath(tmp_path: Path) -> None:
    paths = [template for line in JSONPATHS.strip().split("\n") for template in line.split("|")]
    compare(tmp_path, [["-o", f"jsonpath={template}"] for template in paths])


def test_jsonpath_with_other_options(tmp_path: Path) -> None:
    outputs = [["-o", "jsonpath-as-json={.spec.words[*]}"], ["-o", "jsonpath", "--template", "{.kind}"], ["-o", "jsonpath-file=/nope"]]
    outputs += [["-o", "jsonpath={.spec.nope}", "--allow-missing-template-keys", "false"], ["-o", "jsonpath-as-json={.spec.nope}"]]
    compare(tmp_path, outputs)


def test_go_templates(tmp_path: Path) -> None:
    compare(tmp_path, [["-o", f"go-template={template}"] for template in templates.lines(templates.GOOD)])


def test_go_templates_that_can_not_be_read(tmp_path: Path) -> None:
    compare(tmp_path, [["-o", f"go-template={template}"] for template in templates.lines(templates.PARSE_ERRORS)])


def test_go_templates_that_fail(tmp_path: Path) -> None:
    outputs = [["-o", f"go-template={template}"] for template in templates.lines(templates.RUN_ERRORS)]
    outputs += [["-o", f"go-template={template}", "--allow-missing-template-keys", "false"] for template in ("{{.nope}}", "{{.kind}}{{.spec.a.b}}")]
    compare(tmp_path, outputs)


_PIECES = ("{{", "}}", "{", "}", " ", ".", "|", "(", ")", '"', "'", "$x", ":=", "1", "nil", "if ", "end", "range ", ".spec", "-", "%", "[", "]", "*", "?(")


def _damaged(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(_PIECES) + text[at:] if rng.random() < 0.5 else text[:at] + text[at + rng.randint(1, 3) :]


def test_damaged_templates(tmp_path: Path) -> None:
    rng = random.Random(33)
    paths = [template for line in JSONPATHS.strip().split("\n") for template in line.split("|")]
    made = [f"go-template={_damaged(rng, rng.choice(templates.lines(templates.GOOD)))}" for _ in range(40)]
    made += [f"jsonpath={_damaged(rng, rng.choice(paths))}" for _ in range(40)]
    # What kubectl makes of {..} is in another order each time.
    compare(tmp_path, [["-o", template] for template in made if template != "jsonpath={..}"])
