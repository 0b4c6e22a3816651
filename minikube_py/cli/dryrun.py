"""--dry-run, --validate and the other flags that changing commands share, with what they mean."""

from typing import TYPE_CHECKING, Any

from minikube_py.cli.flags import Flag, UsageError, Values
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory

NONE, CLIENT, SERVER = "none", "client", "server"
DRY_RUN = Flag("dry-run", default="none", optional="unchanged",
               usage='Must be "none", "server", or "client". client only prints what would be sent; the server keeps nothing.')  # fmt: skip
VALIDATE = Flag("validate", default="strict", optional="strict",
                usage="Must be one of: strict (or true), warn, ignore (or false): what happens to unknown and duplicate fields.")  # fmt: skip
SAVE_CONFIG = Flag("save-config", "bool", usage="If true, keep the configuration in the object's annotation, for kctl apply to use later.")
SELECTOR = Flag("selector", short="l", usage="Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.")
FIELD_SELECTOR = Flag("field-selector", usage="Selector (field query) to filter on, supports '=', '==', and '!='.")
TRUE = ("1", "t", "T", "TRUE", "true", "True")
FALSE = ("0", "f", "F", "FALSE", "false", "False")


def files(usage: str) -> tuple[Flag, ...]:
    """Return -f, -k and -R; `usage` tells what the files are for."""
    return (
        Flag("filename", "list", short="f", usage=f"Filename, directory, or URL to files {usage}"),
        Flag("kustomize", short="k", usage="Process the kustomization directory. This flag can't be used together with -f or -R."),
        Flag("recursive", "bool", short="R", usage="Process the directory used in -f, --filename recursively."),
    )


def field_manager(default: str) -> Flag:
    """Return --field-manager."""
    return Flag("field-manager", default=default, usage="Name of the manager used to track field ownership.")


def strategy(factory: "Factory", values: Values) -> str:
    """Return NONE, CLIENT or SERVER for --dry-run."""
    text: str = values["dry-run"]
    if text in (NONE, CLIENT, SERVER):
        return text
    meant = CLIENT if text == "unchanged" or text in TRUE else NONE if text in FALSE else ""
    if not meant:
        raise KctlError(f'Invalid dry-run value ({text}). Must be "none", "server", or "client".')
    from minikube_py.cli import klog

    line = 703 if text == "unchanged" else 717 if meant == CLIENT else 720
    given = "--dry-run is deprecated" if text == "unchanged" else f"--dry-run={text} is deprecated (boolean value)"
    klog.warning(f"{given} and can be replaced with --dry-run={meant}.", f"helpers.go:{line}", factory.streams.err)
    return meant


def operation(done: str, dry_run: str) -> str:
    """Return what is printed of an operation: created, created (dry run), created (server dry run)."""
    return {CLIENT: f"{done} (dry run)", SERVER: f"{done} (server dry run)"}.get(dry_run, done)


def validation(values: Values) -> str:
    """Return Strict, Warn or Ignore for --validate."""
    text: str = values["validate"]
    if text == "strict" or text in TRUE:
        return "Strict"
    if text == "ignore" or text in FALSE:
        return "Ignore"
    if text == "warn":
        return "Warn"
    raise KctlError(f'invalid - validate option "{text}"; must be one of: strict (or true), warn, ignore (or false)')


def write_options(values: Values, dry_run: str, duplicates: Any = ()) -> dict[str, Any]:
    """Return the client's options for a write of this command."""
    options: dict[str, Any] = {"field_manager": values["field-manager"], "dry_run": dry_run == SERVER or None}
    if "validate" in values.flags:
        options["field_validation"] = validation(values)
        options["duplicates"] = duplicates or None
    return options


def usage_error(path: str, message: str) -> UsageError:
    """Return an error that points to a command's help, as kubectl's UsageErrorf."""
    return UsageError(message, f"See 'kctl {path} -h' for help and examples")


def refuse_arguments(path: str, arguments: list[str]) -> None:
    """Refuse arguments of a command that takes none."""
    if arguments:
        raise usage_error(path, f"Unexpected args: [{' '.join(arguments)}]")


def require(values: Values, *names: str) -> None:
    """Refuse a command line that lacks flags that must be given."""
    missing = [f'"{name}"' for name in names if not values.changed(name)]
    if missing:
        raise KctlError(f"required flag(s) {', '.join(missing)} not set")
