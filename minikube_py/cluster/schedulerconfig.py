"""A cluster's KubeSchedulerConfiguration: read from a file when the cluster is created, and kept with its settings."""

import json
from typing import Any

from minikube_py.kits import datafiles, yaml
from minikube_py.machinery.errors import KctlError


def read(path: str) -> dict[str, Any]:
    """Return the configuration in a YAML or JSON file; KctlError with every mistake and where it stands."""
    try:
        with open(path, encoding="utf-8") as file:
            config = yaml.load(file.read())
    except (OSError, UnicodeDecodeError) as error:
        raise KctlError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    except yaml.YAMLError as error:
        raise KctlError(error.in_file(path)) from error
    _check(path, config)
    return config  # type: ignore[no-any-return]


def _check(path: str, config: Any) -> None:
    import jsonschema  # noqa: TID253

    schema = json.loads(datafiles.read_text("schemas", "KubeSchedulerConfiguration.json"))
    found = sorted(jsonschema.Draft202012Validator(schema).iter_errors(config), key=lambda error: error.json_path)
    if found:
        mistakes = "\n".join(f"* {error.json_path.removeprefix('$').removeprefix('.') or 'document'}: {error.message}" for error in found)
        raise KctlError(f"{path} is no KubeSchedulerConfiguration:\n{mistakes}")
