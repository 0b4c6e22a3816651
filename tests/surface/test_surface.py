"""The walk over all commands and flags of kubectl 1.33."""

import json
from pathlib import Path

import pytest

from tests.surface import known
from tests.surface.evidence import Evidence
from tests.surface.reasons import REASONS

FILE = Path(__file__).parents[3] / "shared" / "design" / "kubectl-1.33-surface.json"


@pytest.fixture(scope="module")
def surface() -> dict[str, list[str]]:
    """The flags of each command of kubectl 1.33."""
    if not FILE.exists():
        pytest.skip("the list of kubectl's commands is not here")
    return {"" if path == "kubectl" else path: [flag[2:] for flag in entry["flags"]] for path, entry in json.loads(FILE.read_text()).items()}


def test_every_command_and_flag_is_accepted(surface: dict[str, list[str]]) -> None:
    commands = known.all_commands()
    missing = [path for path in surface if path not in commands]
    refused = [f"{path} --{flag}" for path, flags in surface.items() if path in commands for flag in flags if flag not in {**commands[path], **known.GLOBALS}]
    leaves = [path for path in surface if not any(other.startswith(f"{path} ") for other in surface) and path]
    print(f"{sum(path in commands for path in leaves)} of {len(leaves)} leaf commands, "
          f"{sum(len(flags) for flags in surface.values()) - len(refused) - sum(len(surface[path]) for path in missing)} flags")  # fmt: skip
    assert (missing, refused) == ([], [])


def test_every_flag_acts(surface: dict[str, list[str]]) -> None:
    seen = Evidence().seen
    wanting = [f"{path} --{flag}" for path, flags in surface.items() for flag in flags if (path, flag) not in seen and (path, flag) not in REASONS]
    print(f"{sum(len(flags) for flags in surface.values()) - len(wanting)} flags shown by tests")
    assert wanting == []
