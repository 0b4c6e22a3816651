"""Inflates charts with the helm program that the user names (kustomize's HelmChartInflationGenerator)."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from typing import Any, NamedTuple

from minikube_py.kustomize import documents, merge, nodes
from minikube_py.kustomize.loading import Loader
from minikube_py.kustomize.nodes import KustomizeError
from minikube_py.kustomize.prefixing import prefixed
from minikube_py.kustomize.resources import Resource
from minikube_py.kustomize.schemas import Schemas

_MERGES = ("merge", "override", "replace")
_VERSION = re.compile(r"v?\d+(\.\d+)+")


class Helm(NamedTuple):
    """The program, and what the command line has it told."""

    command: str = "helm"
    api_versions: tuple[str, ...] = ()
    kube_version: str = ""
    debug: bool = False


class Chart:
    """One chart, as `helmCharts` or a generator's configuration asks for it; KustomizeError where it cannot be had."""

    def __init__(self, fields: dict[str, Any], helm: Helm | None, loader: Loader) -> None:
        if helm is None:
            raise KustomizeError("must specify --enable-helm")
        if not helm.command:
            raise KustomizeError("must specify --helm-command")
        self._helm, self._loader = helm, loader
        self._fields = {"kubeVersion": helm.kube_version, "apiVersions": helm.api_versions, "debug": helm.debug, **fields}
        self._name: str = fields.get("name", "")
        if not self._name:
            raise KustomizeError("chart name cannot be empty")
        self._home = self._absolute(fields.get("chartHome") or "charts")
        if fields.get("version") and fields.get("repo"):
            self._home = os.path.join(self._home, f"{self._name}-{fields['version']}")
        self._path = os.path.join(self._home, self._name)
        self._more = [self._checked(path) for path in fields.get("additionalValuesFiles", ())]
        self._merge = fields.get("valuesMerge") or "override"
        if self._merge not in _MERGES:
            raise KustomizeError(f"valuesMerge must be one of [{' '.join(_MERGES)}]")

    def _absolute(self, path: str) -> str:
        return os.path.normpath(os.path.join(self._loader.root, path))

    def _checked(self, path: str) -> str:
        with prefixed("could not load additionalValuesFile"):
            self._loader.load(path)
        return self._absolute(path.lstrip("/"))

    def resources(self, schemas: Schemas) -> list[Resource]:
        """Return what `helm template` makes of the chart, which is pulled if it is not there."""
        with tempfile.TemporaryDirectory(prefix="kustomize-helm-") as folder:
            run = _Run(self._helm.command, self._fields.get("configHome") or os.path.join(folder, "helm"))
            _check_version(run("version", "-c", "--short"))
            if not os.path.isdir(self._path):
                if not self._fields.get("repo"):
                    there = self._path if os.path.exists(self._path) else ""
                    raise KustomizeError(f"no repo specified for pull, no chart found at '{there}'")
                run(*self._pull())
            output = run(*self._template(self._values_in(folder)))
        return [Resource(obj, schemas) for obj in _objects(output)]

    def _pull(self) -> list[str]:
        repo, version = self._fields["repo"], self._fields.get("version")
        chart = [f"{repo.removesuffix('/')}/{self._name}"] if repo.startswith("oci://") else ["--repo", repo, self._name]
        return ["pull", "--untar", "--untardir", self._home, *chart, *(["--version", version] if version else [])]

    def _template(self, values: str) -> list[str]:
        fields = self._fields
        words = ["template", fields.get("releaseName") or "--generate-name", self._path]
        for flag, value in (("--namespace", fields.get("namespace")), ("--name-template", fields.get("nameTemplate")), ("-f", values)):
            words += [flag, value] if value else []
        for flag, several in (("-f", self._more), ("--api-versions", fields["apiVersions"])):
            words += [word for value in several for word in (flag, value)]
        words += ["--kube-version", fields["kubeVersion"]] if fields["kubeVersion"] else []
        switches = {"includeCRDs": "--include-crds", "skipTests": "--skip-tests", "skipHooks": "--no-hooks", "debug": "--debug"}
        return words + [flag for field, flag in switches.items() if fields.get(field)]

    def _values_in(self, folder: str) -> str:
        """Write the values that the chart is given into a file, and return its path."""
        content = self._values()
        path = os.path.join(folder, f"{self._name}-kustomize-values.yaml")
        if "/" in self._name:  # a name leads nowhere else
            raise KustomizeError(f"failed to write values file: open {path}: no such file or directory")
        with open(path, "wb") as file:
            file.write(content)
        return path

    def _values(self) -> bytes:
        from minikube_py.kits import yaml

        inline, file = self._fields.get("valuesInline"), self._fields.get("valuesFile") or os.path.join(self._path, "values.yaml")
        if not inline:
            return self._loader.load(file)
        if self._merge == "replace":
            return yaml.dump(inline).encode()
        content = self._loader.load(file).decode("utf-8", "replace")
        with prefixed("could not parse values file into rnode"):
            chart = documents.parse(content)
            if chart is None:
                raise KustomizeError("EOF")
        given = nodes.node(inline)
        with prefixed("could not merge values"):
            merged = merge.apply(given, chart, Schemas()) if self._merge == "merge" else merge.apply(chart, given, Schemas())
        return yaml.dump(nodes.value(merged or {})).encode()


class _Run:
    """Runs helm, which keeps what it needs below `home`."""

    def __init__(self, command: str, home: str) -> None:
        self._command = command
        self._environment = {"HELM_CONFIG_HOME": home, "HELM_CACHE_HOME": f"{home}/.cache", "HELM_DATA_HOME": f"{home}/.data"}

    def __call__(self, *words: str) -> str:
        """Return what helm writes to standard output; KustomizeError with what it says of a failure."""
        told, problem, output = "", "", ""
        program = self._command if "/" in self._command else shutil.which(self._command)
        if program is None:
            problem = f'exec: "{self._command}": executable file not found in $PATH'
        else:
            try:
                done = subprocess.run([program, *words], env=os.environ | self._environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
            except OSError as error:
                problem = f"fork/exec {program}: {(error.strerror or str(error)).lower()}"
            else:
                output, told = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
                problem = _ended(done.returncode)
        if not problem:
            return output
        if "--debug" in words:
            told = f" Helm stack trace:\n{told}\nHelm template:\n{output}\n"
        variables = " ".join(f"{name}={value}" for name, value in self._environment.items())
        line = " ".join((self._command, *words))
        text = f"unable to run: '{line}' with env=[{variables}] (is '{self._command}' installed?): {problem}"
        raise KustomizeError(f"{told}: {text}" if told else text)


def _ended(code: int) -> str:
    if code >= 0:
        return f"exit status {code}" if code else ""
    return f"signal: {(signal.strsignal(-code) or str(-code)).lower()}"


def _check_version(text: str) -> None:
    found = _VERSION.search(text)
    if found is None:
        raise KustomizeError(f"cannot find version string in {text}")
    version = found.group().removeprefix("v")
    if version.partition(".")[0] != "3":
        raise KustomizeError(f"this plugin requires helm V3 but got v{version}")


def _objects(output: str) -> list[nodes.Map]:
    try:
        return documents.objects(output)
    except documents.MalformedError as error:
        raise KustomizeError(f"error reading helm output: {error}") from None
    except KustomizeError as error:
        raise KustomizeError(f"could not parse rnode slice into resource map: {error}") from None
