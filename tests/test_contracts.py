"""The architecture holds, and whoever breaks it is told: each contract is broken on purpose in a copy."""

import ast
import importlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from minikube_py.cli import commands
from minikube_py.cli.command import Command, Family
from minikube_py.plugin import specs

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "minikube_py"
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
CONTRACTS = [contract["name"] for contract in CONFIG["importlinter"]["contracts"]]
BANNED = CONFIG["ruff"]["lint"]["flake8-tidy-imports"]["banned-module-level-imports"]
MODULES = sorted(str(path.relative_to(ROOT).with_suffix("")).replace(os.sep, ".").removesuffix(".__init__") for path in PACKAGE.rglob("*.py"))
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 40

# A module, and an import there that the contract forbids. "New" is a package that no layer names.
VIOLATIONS = [
    ("Imports go down only", "kits/clock.py", "import minikube_py.machinery.meta"),
    ("Imports go down only", "storage/memory.py", "from minikube_py.apiserver import chain"),
    ("Imports go down only", "scheduler/queue.py", "from minikube_py.controllers import rollout"),
    ("Imports go down only", "apiserver/server.py", "def late():\n    from minikube_py.client import rest"),
    ("Imports go down only", "new/__init__.py", ""),
    ("The command line never touches the store", "cli/factory.py", "from minikube_py.storage import sqlite"),
    ("Only the composition root and the apiserver know the store", "controllers/rollout.py", "from minikube_py.storage import api"),
    ("Loops reach the cluster through the client only", "kubelet/ipam.py", "from minikube_py.apiserver import server"),
    ("Rules about objects do nothing", "machinery/quantity.py", "import time"),
]


def lint(folder: Path) -> str:
    """Return what import-linter says about the copy in a folder."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"NO_COLOR": "1"}
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, verbose=False))"
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return done.stdout


def broken(report: str) -> list[str]:
    return [name for name in CONTRACTS if f"{name} BROKEN" in report]


def test_contracts_hold() -> None:
    report = lint(ROOT)
    assert broken(report) == [], report
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in report


@pytest.mark.parametrize(("contract", "module", "statement"), VIOLATIONS, ids=[f"{module}: {text.strip()}" for _, module, text in VIOLATIONS])
def test_planted_violation_is_caught(contract: str, module: str, statement: str, tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "minikube_py", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    target = tmp_path / "minikube_py" / module
    target.parent.mkdir(exist_ok=True)
    with target.open("a") as file:
        file.write(f"\n{statement}\n")
    assert contract in broken(lint(tmp_path))


def test_each_contract_has_a_violation() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == set(CONTRACTS)


def ruff(*arguments: str, cwd: Path) -> list[dict[str, object]]:
    line = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID253", "--output-format", "json", *arguments]
    done = subprocess.run(line, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def test_heavy_imports_stay_inside_functions() -> None:
    assert ruff("minikube_py", cwd=ROOT) == []


@pytest.mark.parametrize("module", BANNED)
def test_heavy_import_at_module_level_is_caught(module: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "heavy.py").write_text(f'"""A module."""\n\nimport {module}\n\nprint({module})\n')
    (tmp_path / "light.py").write_text(f'"""A module."""\n\n\ndef use() -> None:\n    """Do it."""\n    import {module}\n\n    print({module})\n')
    found = ruff(".", cwd=tmp_path)
    assert [(finding["code"], Path(str(finding["filename"])).name) for finding in found] == [("TID253", "heavy.py")]


def test_each_module_imports_alone() -> None:
    """Each in a process of its own, as no other module can have prepared the ground then; forked from one that is warm."""
    program = (
        "import importlib, json, os, sys, warnings\n"
        "import pytest, typer\n"  # what two modules need, and what takes most of the time
        "failed = {}\n"
        "for name in sys.argv[1:]:\n"
        "    reader, writer = os.pipe()\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        os.close(reader)\n"
        "        try:\n"
        "            warnings.simplefilter('error')\n"
        "            importlib.import_module(name)\n"
        "        except BaseException as error:\n"
        "            os.write(writer, f'{type(error).__name__}: {error}'.encode())\n"
        "        os._exit(0)\n"
        "    os.close(writer)\n"
        "    with os.fdopen(reader) as pipe:\n"
        "        said = pipe.read()\n"
        "    os.waitpid(child, 0)\n"
        "    if said:\n"
        "        failed[name] = said\n"
        "print(json.dumps(failed))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, *MODULES], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {}


def test_each_package_states_its_law() -> None:
    silent = [str(path.relative_to(ROOT)) for path in PACKAGE.rglob("__init__.py") if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_each_module_and_public_name_has_a_docstring() -> None:
    silent = []
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        public = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")]
        silent += [f"{path.relative_to(ROOT)}: {getattr(node, 'name', 'module')}" for node in [tree, *public] if not ast.get_docstring(node)]
    assert silent == []


def test_modules_and_functions_are_short() -> None:
    long = []
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text()
        if text.count("\n") > MOST_LINES:
            long.append(str(path.relative_to(ROOT)))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno and node.end_lineno - node.lineno >= MOST_LINES_OF_A_FUNCTION:
                long.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert long == []


def leaves() -> Iterator[Command | Family]:
    """All commands of kubectl's kind, and their subcommands."""
    for name in commands.names():
        module = importlib.import_module(f"minikube_py.cli.commands.{commands.find(name)}")
        if hasattr(module, "COMMAND"):
            yield from below(module.COMMAND)


def below(command: Command | Family) -> Iterator[Command | Family]:
    yield command
    if isinstance(command, Family):
        for module, _ in command.subcommands.values():
            yield from below(importlib.import_module(f"minikube_py.cli.commands.{module}").COMMAND)


def test_each_command_is_there() -> None:
    for name in commands.names():
        module = importlib.import_module(f"minikube_py.cli.commands.{commands.find(name)}")
        assert hasattr(module, "COMMAND") or hasattr(module, "APP"), name


def test_each_command_has_help_and_examples() -> None:
    wanting = []
    for command in leaves():
        own = command if isinstance(command, Command) else command.leaf
        examples = command.examples or (own.examples if own else "")
        if not command.short:
            wanting.append(f"{command.path}: says not what it does")
        if isinstance(command, Command) or own:
            wanting += [] if f"kctl {command.path.removeprefix('kctl ')}" in examples else [f"{command.path}: no example"]
        wanting += [f"{command.path} --{flag.name}: no usage" for flag in (own.flags if own else ()) if not flag.usage and not flag.hidden]
    assert wanting == []


def test_each_hook_is_described() -> None:
    hooks = [value for name, value in vars(specs).items() if name.startswith("kctl_")]
    page = (ROOT / "docs" / "plugins.md").read_text()
    assert hooks
    for hook in hooks:
        assert re.match(r"Add .+\.$", inspect.getdoc(hook) or "", re.DOTALL), hook.__name__
        assert f"`{hook.__name__}`" in page or f"{hook.__name__}(" in page, f"docs/plugins.md does not tell of {hook.__name__}"
