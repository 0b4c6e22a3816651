"""What the doctor makes on an engine for a moment: noted beforehand, so that the next command removes what one that was killed has left.

HOME/trials/ID     where the engine is. Whoever makes something there holds a lock on it, which goes with the process
"""

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping

from minikube_py.cluster.home import TRIALS, Home, read_json, write_json
from minikube_py.kits import filelock
from minikube_py.kubelet.engines import api
from minikube_py.kubelet.runtimes import labels, opening
from minikube_py.kubelet.runtimes.labels import Owner
from minikube_py.machinery.errors import KctlError

_NAME = "doctor"


@contextlib.contextmanager
def noted(home: Home, kind: str, where: Mapping[str, str]) -> Iterator[Owner]:
    """Yield whose the things of one trial are; an engine of that kind is found by `where`. The note stays until done() is called."""
    number = secrets.token_hex(4)
    os.makedirs(home.join(TRIALS), 0o700, exist_ok=True)
    with filelock.hold(home.join(TRIALS, f"{number}.lock"), 0.0):
        write_json(home.join(TRIALS, number), {"kind": kind, "where": dict(where)})
        yield Owner(_NAME, number)
    with contextlib.suppress(OSError):  # others go on, or something is there yet
        os.rmdir(home.join(TRIALS))


def done(home: Home, number: str) -> None:
    """Forget a trial of which nothing is left."""
    for name in os.listdir(home.join(TRIALS)):
        if name.partition(".")[0] == number:
            os.unlink(home.join(TRIALS, name))


def clear(engine: api.Engine, owner: Owner) -> None:
    """Leave nothing of a trial on its engine."""
    own = labels.cluster(owner)
    for row in engine.list(own):
        engine.remove(row.id)
    for volume in engine.volumes(own):
        engine.remove_volume(volume)
    for network in engine.networks(own):
        engine.remove_network(network)


def sweep(home: Home) -> None:
    """Remove what trials have left whose processes are no more. Where an engine does not answer, that is for the next time."""
    with contextlib.suppress(FileNotFoundError):
        for number in sorted({name.partition(".")[0] for name in os.listdir(home.join(TRIALS))}):
            with contextlib.suppress(KctlError, OSError), filelock.hold(home.join(TRIALS, f"{number}.lock"), 0.0):
                note = read_json(home.join(TRIALS, number))
                if note is not None:
                    clear(opening.engine(note["kind"], note["where"]), Owner(_NAME, number))
                done(home, number)
        with contextlib.suppress(OSError):
            os.rmdir(home.join(TRIALS))
