"""Lines as klog writes them."""

import re

import pytest

from minikube_py.kits import klog
from minikube_py.kits.klog import Log


def test_a_line_has_severity_time_process_and_place() -> None:
    written: list[str] = []
    Log(written.append, 4).info(4, "helpers.go:264", "Connection error")
    assert re.fullmatch(r"I\d{4} \d\d:\d\d:\d\d\.\d{6} {1,6}\d+ helpers\.go:264\] Connection error\n", written[0])


def test_what_is_above_the_verbosity_is_left_out() -> None:
    written: list[str] = []
    log = Log(written.append, 5)
    log.info(6, "loader.go:402", "Config loaded")
    assert (written, log.enabled(5, "loader"), log.enabled(6, "loader")) == ([], True, False)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", '""'), ('say "a\tb"', r'"say \"a\tb\""'), ("\x1b[1m", r'"\x1b[1m"'), (4, "4"),
        ("one\ntwo", "<\n\tone\n\ttwo\n >"), ("one\n", "<\n\tone\n >"), ("\n", "<\n\t\n >"),
    ],
)  # fmt: skip
def test_values(value: object, shown: str) -> None:
    written: list[str] = []
    Log(written.append).event("helper.go:105", "Request Body", [("body", value)])
    assert written[0].partition("] ")[2] == f'"Request Body" body={shown}\n'


def test_single_files_may_have_another_verbosity() -> None:
    log = Log(lambda text: None, 2, klog.modules("round*=7,loader.go=6,off=0"))
    asked = {(file, level): log.enabled(level, file) for file in ("round_trippers", "loader", "helpers") for level in (2, 6, 7)}
    assert [key for key, is_wanted in asked.items() if not is_wanted] == [("loader", 7), ("helpers", 6), ("helpers", 7)]


@pytest.mark.parametrize("text", ["a", "a=x", "=1", "a=1=2", "a=", "a=--1", "a=+-1", "a=2147483648", "a=٣"])
def test_what_names_no_files(text: str) -> None:
    with pytest.raises(ValueError, match="syntax error: expect comma-separated list of filename=N"):
        klog.modules(text)


def test_a_negative_verbosity_of_a_file() -> None:
    with pytest.raises(ValueError, match="negative value for vmodule level"):
        klog.modules("a=-1")
