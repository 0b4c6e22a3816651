"""How the process ends: at once, but for who waits for its end."""

import os
import subprocess
import sys

import pytest

LEAVE = "import sys\nfrom minikube_py.__main__ import main\nsys.argv = ['kctl', 'version', '--client']\n{}\nsys.exit(main())"
LATE = "class Late:\n    def __del__(self): print('cleared up')\nlate = Late()"
WAITING: dict[str, tuple[str, list[str]]] = {
    "nobody": ("", []),
    "threads that are done": ("import threading\none = threading.Thread(target=int)\none.start()\none.join()", []),
    "a thread": ("import threading, time\nthreading.Thread(target=lambda: time.sleep(0.2)).start()", ["cleared up"]),
    "a thread that ends with the process": ("import threading, time\nthreading.Thread(target=time.sleep, args=(100,), daemon=True).start()", []),
    "who is called at the end": ("import atexit\natexit.register(print, 'called')", ["called"]),
    "who measures": ("import functools\nsys.setprofile(functools.partial(max, key=id))", ["cleared up"]),
}


@pytest.mark.parametrize("who", WAITING)
def test_process_ends_at_once_where_nobody_waits(who: str) -> None:
    begun, said = WAITING[who]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run([sys.executable, "-c", LEAVE.format(f"{LATE}\n{begun}")], env=buffered, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["Client Version: v1.33.1", "Kustomize Version: v5.6.0", *said]
