"""kubectl itself, where there is one, says what an output format makes of an object."""

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

SKIP = "no kubectl 1.33 on PATH to compare with"

THING: dict[str, Any] = {
    "apiVersion": "example.com/v1",
    "kind": "Thing",
    "metadata": {"name": "x", "namespace": "shop", "labels": {"a.b/c": "d", "x": "y"}, "managedFields": [{"manager": "me"}]},
    "spec": {
        "int": 1234567, "big": 100000000, "neg": -3, "zero": 0, "float": 1.5, "exp": 1e30, "tiny": 0.00001, "long": 123456789.5,
        "true": True, "false": False, "nil": None, "text": "a<b>&c \"q\" 'p' \\ é \u2028", "multi": "one\ntwo\n", "empty": "",
        "list": [1, "two", {"k": "v"}, None, [True, 2.5]], "words": ["a", "b", "c", "d"], "ints": [3, 1, 2], "none": [], "map": {},
        "nested": {"z": 1, "a": {"b": [{"n": "p", "v": 1}, {"n": "q", "v": 20, "w": {}}]}}, "b64": "aGVsbG8=",
    },
}  # fmt: skip


def kubectl() -> str:
    """Return the path of a kubectl 1.33; skip the test where there is none."""
    for name in ("kubectl.1.33", "kubectl"):
        path = shutil.which(name)
        if path and '"minor": "33' in run([path, "version", "--client", "-o", "json"])[0].replace("+", ""):
            return path
    pytest.skip(SKIP)


def run(command: list[str]) -> tuple[str, str]:
    """Return stdout and stderr of a command."""
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    return done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def printed(folder: Path, outputs: list[list[str]], obj: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    """Return stdout and stderr of kubectl for each list of output options, for an object that it changes nothing of."""
    path = kubectl()
    file = folder / "thing.json"
    file.write_text(json.dumps(obj or THING))
    base = [path, "label", "--local", "-f", str(file), "x=y", "--dry-run=client", "--overwrite"]
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda options: run(base + options), outputs))
