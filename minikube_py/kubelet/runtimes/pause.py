"""The image of a sandbox: one small program (pauseprogram.py), which holds the pod's namespaces and is the way into them."""

import io

IMAGE = "kctl.dev/pause:2"
PROGRAM = "/pause"


def archive(architecture: str) -> bytes:
    """Return the root file system of the image, as an uncompressed tar archive that is always the same."""
    import tarfile

    from minikube_py.kubelet.runtimes import pauseprogram

    content = pauseprogram.program(architecture)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo(PROGRAM.lstrip("/"))
        entry.size, entry.mode = len(content), 0o755
        tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
