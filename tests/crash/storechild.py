"""What the crash test kills: a process that writes to a store and says on its standard output what was acknowledged."""

import random
import sys

from minikube_py.storage import sqlite
from minikube_py.storage.api import Compare, Delete, Put
from minikube_py.storage.sqlite import SqliteBackend


def write(store: SqliteBackend, rng: random.Random, name: str, number: int) -> None:
    """Write an object and its twin in one transaction, move a counter in the same batch; now and then delete or compact."""
    value = b"%d" % number * rng.choice([1, 100, 3000])
    with store.batch():
        store.txn([], [Put(f"/{name}/left", value, (("writer", name),)), Put(f"/{name}/right", value)])
        store.txn([], [Put(f"/{name}/log/{number:06}", value, (("parity", str(number % 2)),))])
        if rng.random() < 0.3 and number > 3:
            store.txn([], [Delete(f"/{name}/log/{rng.randrange(number):06}")])
        store.state_put(name, b"%d" % number)
    while not _counted(store):
        continue
    if rng.random() < 0.1:
        store.compact(max(store.revision() - rng.randrange(1, 60), 0))


def _counted(store: SqliteBackend) -> bool:
    kv = store.get("/counter")
    revision, value = (kv.mod_revision, int(kv.value)) if kv else (0, 0)
    return store.txn([Compare("/counter", revision)], [Put("/counter", b"%d" % (value + 1))]).succeeded


def main(path: str, name: str, seed: str) -> None:
    """Write until killed; open the store anew now and then, as one command after another does."""
    rng = random.Random(int(seed))
    store = sqlite.open_store(path)
    number = int(store.state_get(name) or b"0")
    while True:
        number += 1
        write(store, rng, name, number)
        print(number, store.revision(), flush=True)
        if rng.random() < 0.2:
            store.close()
            store = sqlite.open_store(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
