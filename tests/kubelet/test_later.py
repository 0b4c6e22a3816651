"""Files that come while somebody waits for them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from minikube_py.kubelet.later import Later
from minikube_py.kubelet.runtime import File, RuntimeFailure

FILES = {"token": {"ca.crt": File(b"a")}, "conf": {}}


def test_who_looks_waits_until_the_files_are_there() -> None:
    files, asked = Later(), threading.Event()

    def look() -> dict[str, object]:
        asked.set()
        return dict(files)

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        asked.wait(10)
        assert not looking.done()
        files.come(lambda: FILES)
        assert looking.result(10) == FILES
    assert (len(files), files["conf"], files.get("other")) == (2, {}, None)


def test_where_they_cannot_be_made_nobody_waits_for_ever() -> None:
    files = Later()

    def fail() -> dict[str, dict[str, File]]:
        raise KeyError("no such account")

    with pytest.raises(KeyError, match="no such account"):
        files.come(fail)
    with pytest.raises(RuntimeFailure, match="the files of the pod's volumes could not be made") as failure:
        dict(files)
    assert failure.value.reason == "FailedMount"
