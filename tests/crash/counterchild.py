"""One of the processes that count in one ConfigMap: read, add one, write under the resourceVersion that was read, again after a conflict."""

import json
import os
import sys

from minikube_py.cluster import cluster as clusters
from minikube_py.cluster.home import Home
from minikube_py.machinery import errors


def main(number: str) -> None:
    """Count, and print how it went: increments, conflicts, other failures."""
    cluster = clusters.open_cluster(Home.of(os.environ), "minikube")
    client = cluster.client(user_agent="counter")
    counted = conflicts = 0
    others: list[str] = []
    while counted < int(number):
        counter = client.get("configmaps", "counter", "default")
        counter["data"]["value"] = str(int(counter["data"]["value"]) + 1)
        try:
            client.update(counter)
            counted += 1
        except errors.StatusError as error:
            if error.code == 409:
                conflicts += 1
            else:
                others.append(f"{error.code} {error}")
                break
    cluster.close()
    print(json.dumps({"counted": counted, "conflicts": conflicts, "others": others}))


if __name__ == "__main__":
    main(*sys.argv[1:])
