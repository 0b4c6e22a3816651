"""The contents of config maps and secrets from files, literals and env files, with kubectl's checks and words."""

import base64
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence

from minikube_py.cli import files
from minikube_py.machinery import names
from minikube_py.machinery.errors import KctlError

_CONSONANTS = str.maketrans("013ae", "ghkmt")  # no vowels: no bad words


class Content:
    """What was collected so far for a config map: text in `data`, the rest in `binary`, base64 encoded."""

    what = "config"  # what env files are for, in an error

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self._name = name
        self._environment = environment
        self.data: dict[str, str] = {}
        self.binary: dict[str, str] = {}

    def add_literals(self, literals: Sequence[str]) -> None:
        """Take over key=value pairs."""
        for literal in literals:
            key, equals, value = literal.partition("=")
            if not key or not equals:
                raise KctlError(f"invalid literal source {literal}, expected key=value")
            self._add_text(key, value)

    def add_files(self, wanted: Sequence[str]) -> None:
        """Take over files, each PATH or KEY=PATH, and the files of directories."""
        for source in wanted:
            key, path = _file_source(source)
            try:
                is_folder = os.path.isdir(path) if os.stat(path) else False
            except OSError as error:
                raise KctlError(f"error reading {path}: {files.reason(error)}") from error
            if not is_folder:
                self._add_file(key, path)
                continue
            if "=" in source:
                raise KctlError("cannot give a key name for a directory path")
            for entry in sorted(os.scandir(path), key=lambda entry: entry.name):
                if entry.is_file(follow_symlinks=False):
                    self._add_file(entry.name, entry.path)

    def add_env_files(self, paths: Sequence[str]) -> None:
        """Take over the lines KEY=VALUE of files; a line KEY alone takes the value of the environment."""
        for path in paths:
            try:
                os.stat(path)
            except OSError as error:
                raise KctlError(f"error reading {path}: {files.reason(error)}") from error
            if os.path.isdir(path):
                raise KctlError(f"env {self.what} file cannot be a directory")
            for key, value in self._env_lines(path):
                self._add_text(key, value)

    def _env_lines(self, path: str) -> Iterator[tuple[str, str]]:
        for number, line in enumerate(_contents(path).split(b"\n"), 1):
            try:
                text = line.removesuffix(b"\r").decode()
            except UnicodeDecodeError:
                shown = " ".join(map(str, line))
                raise KctlError(f"env file {path} contains invalid utf8 bytes at line {number}: [{shown}]") from None
            text = (text.removeprefix("\ufeff") if number == 1 else text).lstrip()
            if not text or text.startswith("#"):
                continue
            key, equals, value = text.partition("=")
            problems = names.env_var_name(key)
            if problems:
                raise KctlError(f'"{key}" is not a valid key name: {";".join(problems)}')
            yield key, value if equals else self._environment.get(key, "")

    def _add_file(self, key: str, path: str) -> None:
        content = _contents(path)
        try:
            self._add_text(key, content.decode())
        except UnicodeDecodeError:
            self._check(key)
            self.binary[key] = encoded(content)

    def _add_text(self, key: str, text: str) -> None:
        self._check(key)
        self.data[key] = text

    def _check(self, key: str) -> None:
        problems = names.config_map_key(key)
        if problems:
            raise KctlError(f'"{key}" is not a valid key name for a ConfigMap: {",".join(problems)}')
        for field, taken in (("Data", self.data), ("BinaryData", self.binary)):
            if key in taken:
                raise KctlError(f'cannot add key "{key}", another key by that name already exists in {field} for ConfigMap "{self._name}"')


class SecretContent(Content):
    """What was collected so far for a secret."""

    what = "secret"

    @property
    def encoded(self) -> dict[str, str]:
        """Return all values, base64 encoded."""
        return self.binary | {key: encoded(text.encode("utf-8", "surrogateescape")) for key, text in self.data.items()}

    def _check(self, key: str) -> None:
        problems = names.config_map_key(key)
        if problems:
            raise KctlError(f'"{key}" is not valid key name for a Secret {";".join(problems)}')
        if key in self.data or key in self.binary:
            raise KctlError(f"cannot add key {key}, another key by that name already exists")


def encoded(content: bytes) -> str:
    """Return bytes as they stand in a secret."""
    return base64.b64encode(content).decode()


def _file_source(source: str) -> tuple[str, str]:
    key, equals, path = source.partition("=")
    if not equals:
        return os.path.basename(source.rstrip("/")) or source, source
    if "=" in path:
        raise KctlError("key names or file paths cannot contain '='")
    if not key:
        raise KctlError(f"key name for file path {path} missing")
    if not path:
        raise KctlError(f"file path for key name {key} missing")
    return key, path


def _contents(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise KctlError(f"open {path}: {files.reason(error)}") from error


def config_map_hash(name: str, content: Content) -> str:
    """Return the ten characters that --append-hash adds to the name (kubectl/pkg/util/hash)."""
    hashed: dict[str, object] = {"kind": "ConfigMap", "name": name, "data": content.data}
    if content.binary:
        hashed["binaryData"] = content.binary
    return _hash(hashed)


def secret_hash(name: str, kind: str, data: dict[str, str]) -> str:
    """Return the ten characters that --append-hash adds to the name of a secret; `kind` is its type."""
    return _hash({"kind": "Secret", "type": kind, "name": name, "data": data})


def _hash(hashed: dict[str, object]) -> str:
    from minikube_py.kits import jsonio

    return hashlib.sha256(jsonio.go_json(hashed).encode()).hexdigest()[:10].translate(_CONSONANTS)
