"""kctl config view."""

import json
import os
from typing import TYPE_CHECKING, Any

from minikube_py.cli import files, kubeconfigs
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag, UsageError
from minikube_py.cli.kubeconfigs import ConfigOptions, Content
from minikube_py.cluster import kubeconfigfields
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.printers.output import Printer

FLAGS = (
    Flag("allow-missing-template-keys", "bool", True, usage="If true, a field or map key that a template names and that is missing is no error."),
    Flag("flatten", "bool", usage="Put the content of files into the output, so that it needs no others"),
    Flag("merge", "bool", True, usage="Merge the full hierarchy of kubeconfig files; kctl reads one only"),
    Flag("minify", "bool", usage="Remove all information not used by current-context from the output"),
    Flag("output", default="yaml", short="o", usage="Output format: json, yaml, name, go-template, jsonpath and their -file forms."),
    Flag("raw", "bool", usage="Display raw byte data and sensitive data"),
    Flag("show-managed-fields", "bool", usage="Has no effect: a kubeconfig has no managed fields."),
    Flag("template", usage="Template string or path to a template file, for -o go-template and -o go-template-file."),
)
_SECRETS = {"token": "REDACTED", "password": "REDACTED", "client-key-data": "DATA+OMITTED", "client-certificate-data": "DATA+OMITTED",
            "certificate-authority-data": "DATA+OMITTED"}  # fmt: skip
_FILES = {"certificate-authority": "certificate-authority-data", "client-certificate": "client-certificate-data", "client-key": "client-key-data"}


class ViewOptions(ConfigOptions):
    """Shows a kubeconfig."""

    printer: "Printer"

    def validate(self) -> None:
        """Refuse arguments and unknown formats."""
        from minikube_py.printers import output

        if self.arguments:
            raise UsageError(f"unexpected arguments: [{' '.join(self.arguments)}]", "See 'kctl config view -h' for help and examples")
        values = self.values
        self.printer = output.for_command(values["output"], template=values["template"], allow_missing_template_keys=values["allow-missing-template-keys"])
        if not values["merge"] and not values["kubeconfig"]:
            raise KctlError("if merge==false a precise file must be specified")

    def run(self) -> int | None:
        """Print it."""
        if not self.values["merge"]:
            files.contents(self.file)  # it must be there
        try:
            content = self.load()
        except KctlError as error:
            prefix = f'error loading config file "{self.file}": '
            raise error if self.values["merge"] else KctlError(str(error).removeprefix(prefix)) from error
        if self.values["minify"]:
            content = _minified(content, self.values["context"])
        if self.values["flatten"]:
            folder = os.path.dirname(os.path.abspath(self.file))
            content = _changed(content, lambda part: _flattened(part, folder))
        elif not self.values["raw"]:
            content = _changed(content, _redacted)
        shown = kubeconfigfields.ordered(content)
        out = self.factory.streams.out
        if self.values["output"] == "json" and not self.values["template"]:
            out.write(json.dumps(shown, indent=4, ensure_ascii=False) + "\n")
        else:
            self.printer.print_object(shown, out)
        return None


def _minified(content: Content, context: str) -> Content:
    name = context or content["current-context"]
    if not name:
        raise KctlError("current-context must exist in order to minify")
    found = kubeconfigs.find(content, "contexts", name)
    if found is None:
        raise KctlError(f"cannot locate context {name}")
    used = {"contexts": name, "clusters": found.get("cluster") or "", "users": found.get("user") or ""}
    for field in ("users", "clusters"):
        if used[field] and kubeconfigs.find(content, field, used[field]) is None:
            raise KctlError(f"cannot locate {field[:-1]} {used[field]}")
    return {**content, "current-context": name, **{field: [item for item in content[field] if item["name"] == used[field]] for field in used}}


def _changed(content: Content, change: Any) -> Content:
    """Return a kubeconfig whose clusters and users are changed by a function."""
    return {**content, **{field: [{**item, field[:-1]: change(item.get(field[:-1]) or {})} for item in content[field]] for field in ("clusters", "users")}}


def _redacted(part: Content) -> Content:
    return {field: _SECRETS.get(field, value) if value else value for field, value in part.items()}


def _flattened(part: Content, folder: str) -> Content:
    """Return an entry that holds what its files hold; their paths are relative to the folder of the kubeconfig."""
    import base64

    flat = dict(part)
    for field, data in _FILES.items():
        path = flat.pop(field, "")
        if not path or flat.get(data):
            continue
        flat[data] = base64.b64encode(files.contents(os.path.normpath(os.path.join(folder, path)))).decode()
    return flat


COMMAND = Command(
    "config view", "Display merged kubeconfig settings or a specified kubeconfig file", "[flags]", FLAGS, ViewOptions,
    long="Display the kubeconfig. Secrets are left out unless you ask for --raw or --flatten.",
    examples="""  # Show the kubeconfig
  kctl config view

  # Show what the current context uses, with its secrets
  kctl config view --minify --raw

  # Show the name of the first user
  kctl config view -o jsonpath='{.users[0].name}'""",
)  # fmt: skip
