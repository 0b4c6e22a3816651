"""Files that ship with the package: schemas/ and manifests/, in a checkout at its top level, in a wheel under _data/."""

import os

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def path(*parts: str) -> str:
    """Return the path of a shipped file or folder, such as path("schemas", "resources.json")."""
    installed = os.path.join(_PACKAGE, "_data", *parts)
    return installed if os.path.exists(installed) else os.path.join(os.path.dirname(_PACKAGE), *parts)


def read_text(*parts: str) -> str:
    """Return the text of a shipped file."""
    with open(path(*parts), encoding="utf-8") as file:
        return file.read()
