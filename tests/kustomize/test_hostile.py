"""Kustomizations that mean harm end in an error, soon, and read nothing that they should not."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from minikube_py.kustomize import build
from minikube_py.kustomize.nodes import KustomizeError
from minikube_py.machinery.errors import KctlError

Build = Callable[..., str]


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Return what builds the files that it is given."""
    monkeypatch.chdir(tmp_path)

    def make(**files: str) -> str:
        for name, text in files.items():
            Path(name.replace("__", ".")).write_text(text)
        return build.render(build.build(".", build.Options(), warn=print, log=print))

    return make


def test_deep_yaml(built: Build) -> None:
    with pytest.raises(KustomizeError, match="exceeded max depth"):
        built(kustomization__yaml="resources: [a.yaml]", a__yaml="a: " + "[" * 100_000)


def test_deep_kustomization(built: Build) -> None:
    with pytest.raises(KustomizeError, match="^invalid Kustomization: .*exceeded max depth"):
        built(kustomization__yaml="resources: " + "[" * 100_000)


def test_alias_bomb(built: Build) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    with pytest.raises(KustomizeError, match="document contains excessive aliasing"):
        built(kustomization__yaml="resources: [a.yaml]", a__yaml="\n".join(lines))


def test_pipe_is_not_read(built: Build) -> None:
    os.mkfifo("pipe")
    with pytest.raises(KustomizeError, match="not a regular file"):
        built(kustomization__yaml="configMapGenerator: [{name: a, files: [pipe]}]")


def test_link_to_itself(built: Build) -> None:
    os.symlink("loop", "loop")
    with pytest.raises(KustomizeError, match="evalsymlink failure"):
        built(kustomization__yaml="resources: [loop]")


def test_directory_link_outside(built: Build, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("x")
    os.symlink("../secret", inside / "link")
    os.chdir(inside)
    with pytest.raises(KustomizeError, match="security; file '.*/inside/link/key' is not in or below '.*/inside'"):
        built(kustomization__yaml="configMapGenerator: [{name: a, files: [link/key]}]")


@pytest.mark.parametrize("path", ["https://github.com/a/b", "github.com/a/b//c?ref=v1", "git@example.com:a/b.git", "ssh://git@example.com/a/b"])
def test_git_is_not_cloned(built: Build, path: str) -> None:
    with pytest.raises(KustomizeError, match="is a git repository, and kctl does not clone repositories"):
        built(kustomization__yaml=f"components: ['{path}']")


def test_no_name_of_a_regular_expression_hangs_or_breaks(built: Build) -> None:
    with pytest.raises(KustomizeError, match="is no regular expression"):
        built(kustomization__yaml="images: [{name: '(', newName: a}]\nresources: [a.yaml]", a__yaml="{apiVersion: v1, kind: A, metadata: {name: a}}")


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ("{", "json: cannot unmarshal Go value of type spec.Swagger: unexpected EOF"),
        ("", "json: cannot unmarshal Go value of type spec.Swagger: EOF"),
        ("a: [", "yaml: line 1: did not find expected node content"),
        ("[]", "json: cannot unmarshal Go value of type spec.Swagger: json: cannot unmarshal JSON array into Go value of type spec.Swagger"),
        ("definitions: 1", "json: cannot unmarshal Go value of type spec.Swagger: json: cannot unmarshal JSON number into Go value of type spec.Definitions"),
        ("paths: {/a: x}", "json: cannot unmarshal Go value of type spec.Swagger: json: cannot unmarshal JSON string into Go value of type spec.PathItem"),
    ],
)
def test_file_of_schemas_that_is_none(built: Build, schema: str, problem: str) -> None:
    custom = "apiVersion: example.com/v1\nkind: T\nmetadata: {name: t}\n"
    with pytest.raises(KctlError) as caught:
        built(kustomization__yaml="resources: [a.yaml]\nopenapi: {path: s.yaml}", a__yaml=custom, s__yaml=schema)
    assert str(caught.value) == f"invalid schema file: {problem}"
