"""The real kubectl, where it is: KUBECTL_ORACLE, or a kubectl on PATH whose kustomize is v5.6."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.kustomize.corpus import Outcome

_LOG = re.compile(r"^[IWE]\d{4} [\d:.]+ +\d+ log\.go:\d+\] ", re.MULTILINE)
_ADDRESS = re.compile(r"\b0x[0-9a-f]{8,}\b")


@cache
def kubectl() -> str | None:
    """Return the path of a kubectl that can judge, or None."""
    for name in (os.environ.get("KUBECTL_ORACLE"), "kubectl.1.33", "kubectl"):
        path = shutil.which(name) if name else None
        if path is None:
            continue
        version = subprocess.run([path, "version", "--client"], capture_output=True, text=True, check=False).stdout
        if "Kustomize Version: v5.6." in version:
            return path
    return None


def masked(text: str, folder: Path) -> str:
    """Return what was printed without the directory's name, without times and addresses in memory."""
    text = _ADDRESS.sub("0xADDRESS", text)
    return _LOG.sub("LOG ", text.replace(os.path.realpath(folder), "DIR").replace(str(folder), "DIR"))


def run(folder: Path, arguments: list[str]) -> Outcome:
    """Return what kubectl kustomize prints."""
    path = kubectl()
    assert path is not None, "there is a kubectl"
    done = subprocess.run([path, "kustomize", *arguments], cwd=folder, capture_output=True, check=False)
    texts = (masked(stream.decode("utf-8", "replace"), folder) for stream in (done.stdout, done.stderr))
    return Outcome(done.returncode, *texts)
