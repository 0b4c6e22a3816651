"""The flags that every command of kubectl 1.33 takes: that kctl has them, and which test shows what each does."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.surface import known
from tests.transcripts import script
from tests.transcripts.__main__ import newest

TESTS = Path(__file__).parent.parent
_GLOBALS, _REMOTE, _PROFILES = "cli/test_globals.py", "cli/test_remote.py", "cli/test_profiles.py"
# The test, or the session with kubectl, that would fail if the flag did nothing.
SHOWN = {
    "as": f"{_GLOBALS}::test_as_somebody_else",
    "as-group": f"{_GLOBALS}::test_as_somebody_else",
    "as-uid": f"{_GLOBALS}::test_as_somebody_else",
    "cache-dir": f"{_GLOBALS}::test_what_a_server_serves_is_kept_where_one_says",
    "certificate-authority": f"{_REMOTE}::test_other_ways_to_name_a_server",
    "client-certificate": f"{_REMOTE}::test_other_ways_to_name_a_server",
    "client-key": f"{_REMOTE}::test_other_ways_to_name_a_server",
    "cluster": f"{_GLOBALS}::test_which_server_and_as_whom",
    "context": f"{_GLOBALS}::test_which_server_and_as_whom",
    "disable-compression": f"{_GLOBALS}::test_answers_are_packed_unless_told_otherwise",
    "insecure-skip-tls-verify": f"{_REMOTE}::test_other_ways_to_name_a_server",
    "kubeconfig": f"{_GLOBALS}::test_which_server_and_as_whom",
    "match-server-version": f"{_GLOBALS}::test_a_server_of_another_version",
    "namespace": "transcripts/global.txt",
    "password": f"{_GLOBALS}::test_what_proves_who_asks",
    "profile": f"{_PROFILES}::test_every_profile_of_a_command",
    "profile-output": f"{_PROFILES}::test_every_profile_of_a_command",
    "request-timeout": f"{_GLOBALS}::test_a_server_that_takes_its_time",
    "server": f"{_GLOBALS}::test_which_server_and_as_whom",
    "tls-server-name": f"{_REMOTE}::test_certificates_that_do_not_fit",
    "token": f"{_GLOBALS}::test_what_proves_who_asks",
    "user": f"{_GLOBALS}::test_which_server_and_as_whom",
    "username": f"{_GLOBALS}::test_what_proves_who_asks",
    "v": "transcripts/verbosity.txt",
    "vmodule": "transcripts/verbosity.txt",
    "warnings-as-errors": "transcripts/global.txt",
}
REASONS = {"log-flush-frequency": "every line of the log is written at once, as kubectl's to standard error are; what is no duration is refused"}


def test_every_global_flag_is_there_and_shown() -> None:
    assert set(known.GLOBALS) == {*SHOWN, *REASONS}


def test_kubectl_has_the_same() -> None:
    binary = newest()
    if not binary:
        pytest.skip("there is no kubectl 1.33 here")
    options = subprocess.run([binary, "options"], capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^ +(?:-\w, )?--([\w-]+)=", options, re.MULTILINE)) == set(known.GLOBALS)


@pytest.mark.parametrize("flag", SHOWN)
def test_what_is_named_uses_the_flag(flag: str) -> None:
    place, _, name = SHOWN[flag].partition("::")
    spelled = (f"--{flag}", *([f"-{known.GLOBALS[flag].short}"] if known.GLOBALS[flag].short else ()))
    if not name:
        words = [word.partition("=")[0] for step in script.read(TESTS / place).steps for word in step.words]
        assert any(one in words for one in spelled)
        return
    found = next(node for node in ast.walk(ast.parse((TESTS / place).read_text())) if isinstance(node, ast.FunctionDef) and node.name == name)
    assert any(re.search(rf"{one}\b", ast.unparse(found)) for one in spelled)
