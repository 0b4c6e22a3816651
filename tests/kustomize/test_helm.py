"""Charts, inflated by a program that stands for helm: what it is told, and what becomes of what it says."""

import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from minikube_py.kustomize import build
from minikube_py.kustomize.helm import Helm
from minikube_py.kustomize.nodes import KustomizeError
from tests.kustomize import oracle

# Notes its arguments and its homes; "template" prints the files of values that it is given.
_STUB = r"""#!/bin/sh
echo "$@ | $HELM_CONFIG_HOME $HELM_CACHE_HOME $HELM_DATA_HOME" >> log
case "$1" in
version) cat version 2>/dev/null || echo v3.14.0+g3fc9f4b;;
pull) [ -e refuse-pull ] && { echo 'Error: repository is away' >&2; exit 1; }
  while [ "$1" != --untardir ]; do shift; done; mkdir -p "$2/web"; echo 'pulled: true' > "$2/web/values.yaml";;
template) [ -e refuse ] && { echo 'Error: bad chart' >&2; exit 3; }
  cat noise 2>/dev/null
  echo '---'; echo '# Source: web/templates/cm.yaml'; echo '{apiVersion: v1, kind: Service, metadata: {name: web}}'
  echo '---'; printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n  values: |\n'
  for word in "$@"; do [ "$last" = -f ] && sed 's/^/    /' "$word"; last=$word; done;;
esac
"""
_VALUES = "a: 1\nb: {c: 2, d: [1, 2]}\n"
_HOMES = "TMP/helm TMP/helm/.cache TMP/helm/.data"
_ENV = "[HELM_CONFIG_HOME=TMP/helm HELM_CACHE_HOME=TMP/helm/.cache HELM_DATA_HOME=TMP/helm/.data]"
_MANY = (
    "name: web, releaseName: r, version: 1.2.3, repo: https://x/y, namespace: ns, nameTemplate: t, includeCRDs: true, skipHooks: true, "
    "skipTests: true, apiVersions: [a/v1, b/v2], kubeVersion: '1.30', debug: true"
)
_ALL = (
    "template r ROOT/charts/web-1.2.3/web --namespace ns --name-template t -f TMP/web-kustomize-values.yaml --api-versions a/v1 --api-versions b/v2 "
    "--kube-version 1.30 --include-crds --skip-tests --no-hooks --debug"
)
_OF_FLAGS = "template --generate-name ROOT/charts/web -f TMP/web-kustomize-values.yaml --api-versions z/v1 --kube-version 1.29 --debug"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a kustomization's folder with some charts and the program."""
    monkeypatch.chdir(tmp_path)
    for chart in ("charts/web", "charts/web-1.2.3/web", "other/web"):
        Path(chart).mkdir(parents=True)
        Path(chart, "values.yaml").write_text(_VALUES)
    for name, text in (("my", "mine: 5\n"), ("more", "m: 1\n"), ("empty", ""), ("list", "- a\n")):
        Path(f"{name}.yaml").write_text(text)
    program = Path("helm")
    program.write_text(_STUB)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def masked(text: str, folder: Path) -> str:
    return re.sub(r"/\S*?/kustomize-helm-[^/ ]+", "TMP", text).replace(os.path.realpath(folder), "ROOT").replace(str(folder), "ROOT")


def built(folder: Path, kustomization: str, **told: Any) -> str:
    Path("kustomization.yaml").write_text(kustomization)
    options = build.Options(helm=Helm(**{"command": str(folder / "helm"), **told}))
    return build.render(build.build(".", options, warn=print, log=print))


def calls(folder: Path) -> list[str]:
    return masked(Path("log").read_text(), folder).splitlines()


def values(folder: Path, kustomization: str) -> Any:
    """Return the values that the chart is given."""
    from minikube_py.kits import yaml

    made = [document.value for document in yaml.load_all(built(folder, kustomization))]
    assert [(obj["kind"], obj["metadata"]["name"]) for obj in made] == [("ConfigMap", "web"), ("Service", "web")]
    return yaml.load(made[0]["data"]["values"])


@pytest.mark.parametrize(
    ("kustomization", "told", "called"),
    [
        ("helmCharts: [{name: web}]", {}, "template --generate-name ROOT/charts/web -f TMP/web-kustomize-values.yaml"),
        (f"helmCharts: [{{{_MANY}}}]", {}, _ALL),
        (f"helmCharts: [{{{_MANY}}}]", {"kube_version": "1.29", "api_versions": ("z/v1",)}, _ALL),
        ("helmCharts: [{name: web}]", {"kube_version": "1.29", "api_versions": ("z/v1",), "debug": True}, _OF_FLAGS),
        ("helmCharts: [{name: web, additionalValuesFiles: [my.yaml, more.yaml]}]", {},
         "template --generate-name ROOT/charts/web -f TMP/web-kustomize-values.yaml -f ROOT/my.yaml -f ROOT/more.yaml"),
        ("generators: ['{apiVersion: builtin, kind: HelmChartInflationGenerator, metadata: {name: g}, name: web, releaseName: gen}']", {},
         "template gen ROOT/charts/web -f TMP/web-kustomize-values.yaml"),
    ],
)  # fmt: skip
def test_what_helm_is_told(folder: Path, kustomization: str, told: dict[str, Any], called: str) -> None:
    built(folder, kustomization, **told)
    assert calls(folder) == [f"version -c --short | {_HOMES}", f"{called} | {_HOMES}"]


def test_homes_that_a_kustomization_chooses(folder: Path) -> None:
    built(folder, "helmGlobals: {chartHome: other, configHome: /etc/helm}\nhelmCharts: [{name: web}]")
    old = "chartName: web, releaseName: old, helmHome: /etc/old, chartHome: other, values: my.yaml"
    built(folder, f"helmChartInflationGenerator: [{{{old}}}]")
    first, second = calls(folder)[1::2]
    assert first == "template --generate-name ROOT/other/web -f TMP/web-kustomize-values.yaml | /etc/helm /etc/helm/.cache /etc/helm/.data"
    assert second == "template old ROOT/other/web -f TMP/web-kustomize-values.yaml | /etc/old /etc/old/.cache /etc/old/.data"


@pytest.mark.parametrize(
    ("chart", "pulled"),
    [
        ("repo: https://x/y", "pull --untar --untardir ROOT/none --repo https://x/y web"),
        ("repo: https://x/y, version: 1.0.0", "pull --untar --untardir ROOT/none/web-1.0.0 --repo https://x/y web --version 1.0.0"),
        ("repo: 'oci://x/y/', version: 1.0.0", "pull --untar --untardir ROOT/none/web-1.0.0 oci://x/y/web --version 1.0.0"),
    ],
)
def test_charts_that_are_not_there_are_pulled(folder: Path, chart: str, pulled: str) -> None:
    assert values(folder, f"helmGlobals: {{chartHome: none}}\nhelmCharts: [{{name: web, {chart}}}]") == {"pulled": True}
    assert calls(folder)[1] == f"{pulled} | {_HOMES}"


@pytest.mark.parametrize(
    ("chart", "given"),
    [
        ("releaseName: r", {"a": 1, "b": {"c": 2, "d": [1, 2]}}),
        ("valuesFile: my.yaml", {"mine": 5}),
        ("valuesInline: {a: 2, b: {c: null, e: [3]}, f: 1.5}", {"a": 2, "b": {"d": [1, 2], "e": [3]}, "f": 1.5}),
        ("valuesMerge: merge, valuesInline: {a: 2, z: x, b: {d: [9], q: 'yes'}}", {"a": 1, "b": {"c": 2, "d": [1, 2], "q": "yes"}, "z": "x"}),
        ("valuesMerge: replace, valuesInline: {a: 2}", {"a": 2}),
    ],
)
def test_values(folder: Path, chart: str, given: Any) -> None:
    assert values(folder, f"helmCharts: [{{name: web, {chart}}}]") == given


@pytest.mark.parametrize(
    ("chart", "problem"),
    [
        ("releaseName: r", "chart name cannot be empty"),
        ("name: web, valuesMerge: x", "valuesMerge must be one of [merge override replace]"),
        ("name: web, additionalValuesFiles: [none.yaml]", "could not load additionalValuesFile: evalsymlink failure on 'ROOT/none.yaml' : "
         "lstat ROOT/none.yaml: no such file or directory"),
    ],
)  # fmt: skip
def test_configurations_that_make_no_sense(folder: Path, chart: str, problem: str) -> None:
    with pytest.raises(KustomizeError) as caught:
        built(folder, f"helmCharts: [{{{chart}}}]")
    text = masked(str(caught.value), folder)
    assert text.startswith("trouble configuring builtin HelmChartInflationGenerator with config: `\n") and text.endswith(f"\n`: {problem}")
    assert not Path("log").exists()


@pytest.mark.parametrize(
    ("chart", "file", "content", "problem"),
    [
        ("name: absent", "", "", "no repo specified for pull, no chart found at ''"),
        ("name: web, valuesFile: none.yaml", "", "", "evalsymlink failure on 'ROOT/none.yaml' : lstat ROOT/none.yaml: no such file or directory"),
        ("name: web, valuesFile: empty.yaml, valuesInline: {a: 1}", "", "", "could not parse values file into rnode: EOF"),
        ("name: web, valuesFile: list.yaml, valuesInline: {a: 1}", "", "",
         "could not merge values: wrong node kind: expected SequenceNode but got MappingNode: node contents:\na: 1\n"),
        ("name: web", "version", "v2.1.0", "this plugin requires helm V3 but got v2.1.0"),
        ("name: web", "version", "hello\n", "cannot find version string in hello\n"),
        ("name: web", "noise", "Pulled: it\n", "could not parse rnode slice into resource map: missing Resource metadata"),
        ("name: web", "noise", "WARN: x: y\n", "error reading helm output: MalformedYAMLError: yaml: mapping values are not allowed in this context"),
        ("name: web, releaseName: r", "refuse", "", "Error: bad chart\n: unable to run: 'ROOT/helm template r ROOT/charts/web "
         f"-f TMP/web-kustomize-values.yaml' with env={_ENV} (is 'ROOT/helm' installed?): exit status 3"),
        ("name: absent, repo: https://x", "refuse-pull", "", "Error: repository is away\n: unable to run: 'ROOT/helm pull --untar --untardir "
         f"ROOT/charts --repo https://x absent' with env={_ENV} (is 'ROOT/helm' installed?): exit status 1"),
    ],
)  # fmt: skip
def test_what_goes_wrong(folder: Path, chart: str, file: str, content: str, problem: str) -> None:
    if file:
        Path(file).write_text(content)
    with pytest.raises(KustomizeError) as caught:
        built(folder, f"helmCharts: [{{{chart}}}]")
    assert masked(str(caught.value), folder) == problem


def test_a_name_leads_nowhere_else(folder: Path) -> None:
    Path("charts/../up").mkdir()
    Path("up/values.yaml").write_text("a: 1\n")
    with pytest.raises(KustomizeError, match="failed to write values file: .*: no such file or directory"):
        built(folder, "helmCharts: [{name: ../up}]")
    assert len(calls(folder)) == 1


def test_without_helm(folder: Path) -> None:
    for command, problem in (("no-such-helm", 'exec: "no-such-helm": executable file not found in $PATH'),
                             ("./none", "fork/exec ./none: no such file or directory"), ("./my.yaml", "fork/exec ./my.yaml: permission denied")):  # fmt: skip
        with pytest.raises(KustomizeError) as caught:
            built(folder, "helmCharts: [{name: web}]", command=command)
        start = f"unable to run: '{command} version -c --short' with env="
        assert str(caught.value).startswith(start) and str(caught.value).endswith(f"(is '{command}' installed?): {problem}")


@pytest.mark.skipif(oracle.kubectl() is None, reason="no kubectl to compare with")
@pytest.mark.parametrize("chart", ["releaseName: r", "valuesInline: {a: 2, b: {e: [3]}}", "valuesFile: none.yaml", "namespace: ns, debug: true"])
def test_kubectl_does_the_same(folder: Path, chart: str) -> None:
    Path("kustomization.yaml").write_text(f"namePrefix: p-\nhelmCharts: [{{name: web, {chart}}}]")
    theirs = oracle.run(folder, ["--enable-helm", "--helm-command", str(folder / "helm")])
    try:
        ours = built(folder, Path("kustomization.yaml").read_text())
    except KustomizeError as error:
        assert masked(theirs.err, folder) == f"error: {masked(str(error), folder)}\n".replace("ROOT", "DIR")
    else:
        assert (theirs.code, theirs.out) == (0, ours)
    lines = calls(folder)
    assert lines[: len(lines) // 2] == lines[len(lines) // 2 :]
