"""Command lines as spf13/pflag reads them."""

from typing import Any

import pytest

from minikube_py.cli import flags
from minikube_py.cli.flags import Flag

FLAGS = (
    Flag("all", "bool", short="A"),
    Flag("output", short="o"),
    Flag("dry-run", optional="unchanged", default="none"),
    Flag("replicas", "int"),
    Flag("port", "int32"),
    Flag("timeout", "duration"),
    Flag("filename", "list", short="f"),
    Flag("from-literal", "strings"),
    Flag("labels", "map", short="l"),
    Flag("recursive", "bool", short="R"),
)


def read(*line: str) -> tuple[dict[str, Any], list[str]]:
    values, arguments = flags.parse(FLAGS, line)
    return {flag.name: values[flag.name] for flag in FLAGS if values.changed(flag.name)}, arguments


@pytest.mark.parametrize(
    ("line", "expected", "arguments"),
    [
        (["a", "-o", "x", "b"], {"output": "x"}, ["a", "b"]),
        (["-ox"], {"output": "x"}, []),
        (["-o=x"], {"output": "x"}, []),
        (["--output=x=y"], {"output": "x=y"}, []),
        (["--output", "--all"], {"output": "--all"}, []),
        (["--output="], {"output": ""}, []),
        (["-ARf", "x"], {"all": True, "recursive": True, "filename": ["x"]}, []),
        (["-ARfx,y"], {"all": True, "recursive": True, "filename": ["x", "y"]}, []),
        (["--all", "false"], {"all": True}, ["false"]),
        (["--all=false"], {"all": False}, []),
        (["-A=F"], {"all": False}, []),
        (["--dry-run", "client"], {"dry-run": "unchanged"}, ["client"]),
        (["--dry-run=client"], {"dry-run": "client"}, []),
        (["--replicas=0x10"], {"replicas": 16}, []),
        (["--replicas", "-1"], {"replicas": -1}, []),
        (["--replicas=017"], {"replicas": 15}, []),
        (["--replicas=0b1_01"], {"replicas": 5}, []),
        (["--replicas=9223372036854775807"], {"replicas": (1 << 63) - 1}, []),
        (["--port=-2147483648"], {"port": -(1 << 31)}, []),
        (["--timeout=1m30s"], {"timeout": 90.0}, []),
        (["-f", "a", "-f", 'b,"c,d"'], {"filename": ["a", "b", "c,d"]}, []),
        (["--from-literal=a=b,c", "--from-literal", "d=e"], {"from-literal": ["a=b,c", "d=e"]}, []),
        (["-l", "a=b,c=d", "-l=c=e"], {"labels": {"a": "b", "c": "e"}}, []),
        (["-", "--", "-o", "x"], {}, ["-", "-o", "x"]),
    ],
)
def test_reading(line: list[str], expected: dict[str, Any], arguments: list[str]) -> None:
    assert read(*line) == (expected, arguments)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["--nope"], "unknown flag: --nope"),
        (["-x"], "unknown shorthand flag: 'x' in -x"),
        (["-Axo"], "unknown shorthand flag: 'x' in -xo"),
        (["--output"], "flag needs an argument: --output"),
        (["-Ao"], "flag needs an argument: 'o' in -o"),
        (["---x"], "bad flag syntax: ---x"),
        (["--all=maybe"], 'invalid argument "maybe" for "-A, --all" flag: strconv.ParseBool: parsing "maybe": invalid syntax'),
        (["--replicas=x"], 'invalid argument "x" for "--replicas" flag: strconv.ParseInt: parsing "x": invalid syntax'),
        (["--replicas= 1"], 'invalid argument " 1" for "--replicas" flag: strconv.ParseInt: parsing " 1": invalid syntax'),
        (["--replicas=08"], 'invalid argument "08" for "--replicas" flag: strconv.ParseInt: parsing "08": invalid syntax'),
        (["--replicas=1 "], 'invalid argument "1 " for "--replicas" flag: strconv.ParseInt: parsing "1 ": invalid syntax'),
        (["--replicas=\u0661"], 'invalid argument "\u0661" for "--replicas" flag: strconv.ParseInt: parsing "\u0661": invalid syntax'),
        (["--replicas=9223372036854775808"],
         'invalid argument "9223372036854775808" for "--replicas" flag: strconv.ParseInt: parsing "9223372036854775808": value out of range'),
        (["--port=2147483648"], 'invalid argument "2147483648" for "--port" flag: strconv.ParseInt: parsing "2147483648": value out of range'),
        (["--filename=a\"b"],
         'invalid argument "a\\"b" for "-f, --filename" flag: parse error on line 1, column 2: bare " in non-quoted-field'),
        (["--timeout=5"], 'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"'),
        (["-l", "a"], 'invalid argument "a" for "-l, --labels" flag: a must be formatted as key=value'),
    ],
)
def test_refusals(line: list[str], message: str) -> None:
    with pytest.raises(flags.UsageError) as caught:
        read(*line)
    assert str(caught.value) == message


def test_values_not_given() -> None:
    values, _ = flags.parse(FLAGS, [])
    assert [values[flag.name] for flag in FLAGS] == [False, "", "none", 0, 0, 0.0, [], [], {}, False]
    values["filename"].append("x")
    assert values["filename"] == []


def test_arguments_before_dashes_are_counted() -> None:
    values, arguments = flags.parse(FLAGS, ["pod", "-A", "--", "ls", "-l"])
    assert (values.dash, arguments) == (1, ["pod", "ls", "-l"])


def test_some_commands_stop_at_the_first_argument() -> None:
    values, arguments = flags.parse(FLAGS, ["-A", "pod", "ls", "-l"], interspersed=False)
    assert (values["all"], arguments) == (True, ["pod", "ls", "-l"])
