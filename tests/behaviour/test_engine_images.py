"""Images of pods that really run: by policy, with pull secrets, and what is said of those that do not come."""

import json
from typing import Any

from tests.behaviour.sites import LOOP, Site, is_ready, pod, site, status
from tests.engines import registry
from tests.engines.daemons import archive, engine_daemon, shared_folder
from tests.engines.support import unique

__all__ = ["engine_daemon", "shared_folder", "site"]


def using(name: str, image: str, policy: str = "IfNotPresent", **spec: Any) -> dict[str, Any]:
    return pod(name, {"name": "main", "image": image, "imagePullPolicy": policy, "command": ["sh", "-c", LOOP]}, **spec)


def told(site: Site, name: str) -> list[str]:
    """Return reason and message of a pod's events, in the order of their first time."""
    found = json.loads(site("get", "events", f"--field-selector=involvedObject.name={name}", "-o", "json"))["items"]
    return [f"{event['reason']}: {event['message']}" for event in found if event["reason"] != "Scheduled"]


def waiting(found: dict[str, Any]) -> str:
    return str((status(found)["state"].get("waiting") or {}).get("reason", ""))


def serve(served: registry.Registry, repository: str) -> str:
    served.add(repository, "v1", [archive({"data/own": repository.encode()})], ["sh"])
    return f"{served.host}/{repository}:v1"


def test_pull_secrets_of_pods_and_accounts_open_a_registry(site: Site) -> None:
    with registry.serving(auth="basic", user="ann", password="open-sesame") as served:
        image, other = (serve(served, unique()) for _ in range(2))
        site("create", "secret", "docker-registry", "registry", f"--docker-server={served.host}", "--docker-username=ann", "--docker-password=open-sesame")
        site("create", "secret", "docker-registry", "wrong", f"--docker-server={served.host}", "--docker-username=ann", "--docker-password=open-barley")
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "puller"}, "imagePullSecrets": [{"name": "registry"}]}
        refused = {"apiVersion": "v1", "kind": "Pod"} | using("refused", serve(served, unique()), imagePullSecrets=[{"name": "wrong"}, {"name": "absent"}])
        site.apply(account, using("named", image, imagePullSecrets=[{"name": "wrong"}, {"name": "registry"}]),
                   using("account", other, serviceAccountName="puller"), refused)  # fmt: skip
        for name, pulled in (("named", image), ("account", other)):
            found = site.until(name, is_ready)
            assert status(found)["image"] == pulled and status(found)["imageID"]
            said = told(site, name)
            assert said[0] == f'Pulling: Pulling image "{pulled}"' and said[1].startswith(f'Pulled: Successfully pulled image "{pulled}" in ')
        site.until("refused", lambda it: waiting(it) == "ImagePullBackOff")
        assert told(site, "refused")[0] == ("FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (absent); "
                                            "attempting to pull the image may not succeed.")  # fmt: skip
        everything = json.dumps([site("get", "events"), site("get", "pods", "-o", "yaml"), site("describe", "pods")])
        assert "open-barley" not in everything and "open-sesame" not in everything
    site("delete", "pod", "named", "account", "refused")
    site("delete", "secret/registry", "secret/wrong", "serviceaccount/puller")


def test_an_image_that_does_not_come_is_told_as_kubernetes_does(site: Site) -> None:
    with registry.serving() as served:
        image = f"{served.host}/{unique()}:v1"
        site.apply(using("absent", image), using("odd", "UPPER:x:y"))
        assert waiting(site.pod("absent")) in ("ErrImagePull", "ImagePullBackOff")
        found = site.until("absent", lambda it: waiting(it) == "ImagePullBackOff")
        message = status(found)["state"]["waiting"]["message"]
        assert message.startswith(f'Back-off pulling image "{image}": ErrImagePull: ')
        said = told(site, "absent")
        assert [line.partition(":")[0] for line in said] == ["Pulling", "Failed", "Failed", "BackOff", "Failed"]
        assert said[1].startswith(f'Failed: Failed to pull image "{image}": ')
        assert [said[0], *said[2:]] == [f'Pulling: Pulling image "{image}"', "Failed: Error: ErrImagePull",
                                        f'BackOff: Back-off pulling image "{image}"', "Failed: Error: ImagePullBackOff"]  # fmt: skip
        assert site("get", "pod", "absent", "--no-headers").split()[1:3] == ["0/1", "ImagePullBackOff"]
        assert waiting(site.until("odd", waiting)) == "InvalidImageName"
    site("delete", "pod", "absent", "odd")


def test_policies_say_when_a_registry_is_asked(site: Site) -> None:
    with registry.serving() as served:
        image = serve(served, unique())
        never = using("never", image, "Never")
        site.apply(never)
        assert waiting(site.pod("never")) == "ErrImageNeverPull" and served.requests == []
        assert told(site, "never")[:2] == [f'ErrImageNeverPull: Container image "{image}" is not present with pull policy of Never',
                                           "Failed: Error: ErrImageNeverPull"]  # fmt: skip
        site("delete", "pod", "never")
        asked = []
        for name, policy in (("first", "IfNotPresent"), ("second", "IfNotPresent"), ("never", "Never"), ("always", "Always")):
            served.requests.clear()
            site.apply(using(name, image, policy))
            site.until(name, is_ready)
            asked.append(bool(served.requests))
        assert asked == [True, False, False, True]
        assert told(site, "second")[0] == f'Pulled: Container image "{image}" already present on machine'
    site.apply(using("gone", image, "Always"))  # it is present, but nobody can say whether it is the newest
    assert waiting(site.until("gone", waiting)) in ("ErrImagePull", "ImagePullBackOff")
    site("delete", "pod", "first", "second", "never", "always", "gone")
