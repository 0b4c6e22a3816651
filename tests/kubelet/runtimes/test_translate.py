"""The translation of a pod's parts, value by value."""

import base64
import json
from typing import Any

import pytest

from minikube_py.kubelet.engines.api import Image, Limits, Port
from minikube_py.kubelet.runtime import ContainerConfig, RuntimeFailure
from minikube_py.kubelet.runtimes import images, labels, limits, naming, security, translate
from minikube_py.kubelet.runtimes.translate import Source, Surroundings
from minikube_py.machinery.meta import Object
from tests.kubelet.runtimes.conftest import OWNER, UID, config, pod

GI = 1 << 30


def translated(spec: dict[str, Any], obj: Object | None = None, image: Image | None = None, **fields: Any) -> Any:
    """Return a container as the engine is told."""
    obj = obj or pod()
    full = {"name": "a", "image": "busybox", **spec}
    around = Surroundings(OWNER, "sid", 0, image or Image("sha256:b", ()), **{"sources": [Source(path="/x") for _ in spec.get("volumeMounts", ())], **fields})
    return translate.container(ContainerConfig(full, 0, [("A", "1"), ("B", "2")], memory=10 * GI), config(obj), around)


def refused(spec: dict[str, Any], obj: Object | None = None, image: Image | None = None, **fields: Any) -> tuple[str, str]:
    with pytest.raises(RuntimeFailure) as error:
        translated(spec, obj, image, **fields)
    return error.value.reason, str(error.value)


def test_command_and_arguments() -> None:
    found = translated({"command": ["x", "$(A)-$(C)-$$(A)"], "args": ["$(B)"], "workingDir": "/w", "tty": True, "stdin": True, "stdinOnce": True})
    assert (found.entrypoint, found.command, found.env) == (["x", "1-$(C)-$(A)"], ["2"], [("A", "1"), ("B", "2")])
    assert (found.working_dir, found.tty, found.stdin, found.stdin_once) == ("/w", True, True, True)
    found = translated({})
    assert (found.entrypoint, found.command) == (None, None)


@pytest.mark.parametrize(("policy", "spec", "is_init", "told"), [
    ("Always", {}, False, "always"), ("OnFailure", {}, False, "on-failure"), ("Never", {}, False, ""), ("Always", {}, True, "on-failure"),
    ("Never", {}, True, ""), ("Never", {"restartPolicy": "Always"}, True, "always"),
])  # fmt: skip
def test_what_the_engine_starts_again(policy: str, spec: dict[str, Any], is_init: bool, told: str) -> None:
    assert translate.restart(ContainerConfig({"name": "a", **spec}, 0, is_init=is_init), pod(restartPolicy=policy)) == told


def test_what_is_mounted_by_us_is_not_started_again_by_the_engine() -> None:
    found = translated({"volumeMounts": [{"name": "v", "mountPath": "/v"}]}, sources=[Source(path="/x", held=True)], holder="boot")
    assert (found.restart, found.labels[labels.HELD]) == ("", "boot")


@pytest.mark.parametrize(("resources", "quality", "told"), [
    ({}, "BestEffort", Limits(0, 0, 2, 0, 1000)),
    ({"limits": {"cpu": "500m", "memory": "64Mi"}}, "Guaranteed", Limits(64 << 20, 50_000, 512, 0, 0)),
    ({"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "2"}}, "Burstable", Limits(0, 200_000, 1024, 0, 900)),
    ({"requests": {"cpu": "1m"}, "limits": {"cpu": "1m"}}, "Burstable", Limits(0, 1000, 2, 0, 999)),
    ({"requests": {"memory": "10Gi"}}, "Burstable", Limits(0, 0, 2, 0, 3)),
])  # fmt: skip
def test_resources(resources: dict[str, Any], quality: str, told: Limits) -> None:
    obj = {**pod(), "status": {"qosClass": quality}}
    assert limits.limits(obj, {"resources": resources}, 10 * GI) == told


def test_sidecars_go_after_what_they_are_there_for_and_critical_pods_last() -> None:
    asked = {"resources": {"requests": {"memory": "4Gi"}}}
    obj = {**pod(containers=[{"name": "a", **asked}, {"name": "b", "resources": {"requests": {"memory": "2Gi"}}}]), "status": {"qosClass": "Burstable"}}
    assert limits.score(obj, {"name": "s", "restartPolicy": "Always"}, 10 * GI) == 800
    assert limits.score(obj, {"name": "s", "restartPolicy": "Always", **asked}, 10 * GI) == 600
    assert limits.score(obj, {"name": "i"}, 10 * GI) == 999
    obj["spec"] |= {"priority": 2_000_000_000, "priorityClassName": "system-cluster-critical"}
    assert limits.score(obj, asked, 10 * GI) == 600
    obj["spec"]["priorityClassName"] = "system-node-critical"
    assert limits.score(obj, asked, 10 * GI) == 0


WHERE = f'(pod: "web_default({UID})", container: a)'


@pytest.mark.parametrize(("context", "user", "told"), [
    ({"runAsUser": 0}, "", f"container's runAsUser breaks non-root policy {WHERE}"),
    ({}, "", f"container has runAsNonRoot and image will run as root {WHERE}"),
    ({}, "0:0", f"container has runAsNonRoot and image will run as root {WHERE}"),
    ({}, "www", f"container has runAsNonRoot and image has non-numeric user (www), cannot verify user is non-root {WHERE}"),
])  # fmt: skip
def test_root_where_it_must_not_be(context: dict[str, Any], user: str, told: str) -> None:
    obj = pod(securityContext={"runAsNonRoot": True})
    assert refused({"securityContext": context}, obj, Image("i", (), user=user)) == ("CreateContainerConfigError", told)
    assert translated({"securityContext": {"runAsUser": 7}}, obj).security.user == "7"


def test_security_contexts_of_pod_and_container() -> None:
    obj = pod(securityContext={"runAsUser": 1, "runAsGroup": 2, "fsGroup": 9, "supplementalGroups": [5, 9], "seccompProfile": {"type": "Unconfined"}})
    found = translated({"securityContext": {"runAsUser": 3, "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False,
                                            "seLinuxOptions": {"level": "s0:c1"}, "capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]}}},
                       obj).security  # fmt: skip
    assert (found.user, found.groups, found.read_only_root, found.no_new_privileges) == ("3:2", [5, 9], True, True)
    assert (found.added, found.dropped, found.seccomp, found.selinux) == (["NET_ADMIN"], ["ALL"], "unconfined", ["level:s0:c1"])
    assert translated({"securityContext": {"runAsGroup": 4}}, image=Image("i", (), user="8:8")).security.user == "8:4"
    assert translated({"securityContext": {"privileged": True}}).security.seccomp == "unconfined"
    local = {"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "p.json"}}}
    assert translated(local, profiles={"p.json": "{}"}).security.seccomp == "{}"
    assert refused(local) == ("CreateContainerError", 'cannot load seccomp profile "p.json": no such file in the cluster\'s folder seccomp')


def test_sysctls() -> None:
    setting = {"name": "net.ipv4.tcp_syncookies", "value": "1"}
    assert security.sysctls(pod(securityContext={"sysctls": [setting]})) == {"net.ipv4.tcp_syncookies": "1"}
    for spec, told in (({"securityContext": {"sysctls": [{"name": "vm.x", "value": "1"}]}}, 'forbidden sysctl: "vm.x" not allowlisted'),
                       ({"hostNetwork": True, "securityContext": {"sysctls": [setting]}}, "not allowed with host net enabled")):  # fmt: skip
        with pytest.raises(RuntimeFailure, match=told):
            security.sysctls(pod(**spec))


def test_what_no_engine_can_do_is_said() -> None:
    assert "procMount Unmasked is not supported" in refused({"securityContext": {"procMount": "Unmasked"}})[1]
    assert "volumeDevices are not supported" in refused({"volumeDevices": [{"name": "d", "devicePath": "/d"}]})[1]
    mount = {"name": "v", "mountPath": "/v"}
    assert 'recursiveReadOnly "Enabled" is not supported' in refused({"volumeMounts": [{**mount, "recursiveReadOnly": "Enabled"}]})[1]
    assert "available only to privileged containers" in refused({"volumeMounts": [{**mount, "mountPropagation": "Bidirectional"}]})[1]
    with pytest.raises(RuntimeFailure, match="hostUsers: false is not supported"):
        translate.sandbox(config(pod(hostUsers=False)), OWNER, 0)


def test_mounts_and_namespaces() -> None:
    mounts = [{"name": "v", "mountPath": "rel", "mountPropagation": "HostToContainer", "readOnly": True}, {"name": "v", "mountPath": "/etc/hosts"}]
    found = translated({"volumeMounts": mounts}, pod(hostPID=True), hosts="/h", message="/t")
    assert [(mount.target, mount.source, mount.read_only, mount.propagation) for mount in found.mounts] == [
        ("/rel", "/x", True, "rslave"), ("/etc/hosts", "/x", False, "rprivate"), ("/dev/termination-log", "/t", False, "rprivate")]  # fmt: skip
    assert (found.pid, found.ipc, found.network) == ("host", "container:sid", "container:sid")
    assert translated({}, pod(shareProcessNamespace=True)).pid == "container:sid"
    assert translated({}, target="other").pid == "container:other"


def test_a_sandbox() -> None:
    obj = pod(hostname="h", subdomain="s", setHostnameAsFQDN=True, securityContext={"fsGroup": 7}, dnsConfig={"nameservers": ["9.9.9.9"], "searches": ["x.y"]},
              containers=[{"name": "a", "ports": [{"containerPort": 80, "hostPort": 8080, "hostIP": "127.0.0.1"}, {"containerPort": 81}]}])  # fmt: skip
    found = translate.sandbox(config(obj), OWNER, 2, ["vol"])
    assert (found.hostname, found.ip, found.ports) == ("h.s.default.svc.cluster.local", "10.244.0.5", [Port(80, 8080, "127.0.0.1", "tcp")])
    assert (found.dns, found.dns_search) == (["9.9.9.9"], ["default.svc.cluster.local", "svc.cluster.local", "cluster.local", "x.y"])
    assert (found.dns_options, found.entrypoint, found.command) == (["ndots:5"], ["/pause"], ["7", "/volumes/0"])
    assert found.name.startswith(f"kctl_dev_web_default_{UID[:8]}_POD_2_")
    twice = {"nameservers": ["9.9.9.9", "9.9.9.9"], "searches": ["a", "a", "cluster.local"], "options": [{"name": "ndots", "value": "2"}, {"name": "debug"}]}
    again = translate.sandbox(config(pod(dnsConfig=twice)), OWNER, 0)
    assert (again.dns, again.dns_search[3:], again.dns_options) == (["9.9.9.9"], ["a"], ["ndots:2", "debug"])
    on_host = translate.sandbox(config(pod(hostNetwork=True, hostIPC=True)), OWNER, 0)
    assert (on_host.network, on_host.ip, on_host.hostname, on_host.ipc, on_host.dns_search) == ("host", "", "", "host", [])


def test_the_hosts_file() -> None:
    obj = pod(subdomain="s", hostAliases=[{"ip": "1.2.3.4", "hostnames": ["x", "y.z"]}])
    assert naming.hosts(pod(), "10.0.0.1") == """# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
10.0.0.1\tweb
"""
    assert naming.hosts(obj, "10.0.0.1").splitlines()[-4:] == [
        "10.0.0.1\tweb.s.default.svc.cluster.local\tweb", "", "# Entries added by HostAliases.", "1.2.3.4\tx\ty.z"]  # fmt: skip
    assert naming.hosts(pod(hostNetwork=True), "", "127.0.0.1 me\n") == "# Kubernetes-managed hosts file (host network).\n127.0.0.1 me\n"
    with pytest.raises(RuntimeFailure, match="cannot stand in /etc/hosts"):
        naming.hosts(pod(hostAliases=[{"ip": "1.2.3.4", "hostnames": ["x\n6.6.6.6 bank"]}]), "")


def test_names_never_collide() -> None:
    one, other = pod(), pod()
    other["metadata"] = {"name": "web_default", "namespace": "x", "uid": UID}
    made = {labels.container_name(labels.container(OWNER, obj, "n", name, attempt, role="main", sandbox_attempt=0, message="File"))
            for obj in (one, other) for name in ("a", "a_1", "A" * 300, "A" * 300 + "x", "é", "../x") for attempt in (0, 1, 10)}  # fmt: skip
    assert len(made) == 36
    assert all(len(name) <= 200 and name.replace("_", "").replace("-", "").replace(".", "").isalnum() and name.isascii() for name in made)


SECRET_OBJECT = {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "eyJhdXRocyI6eyJodHRwczovL2luZGV4LmRvY2tlci5pby92MS8iOnsiYXV0aCI6ImJXVTZjSGM9In0sInJlZzo1MDAwL3RlYW0iOnsidXNlcm5hbWUiOiJ1IiwicGFzc3dvcmQiOiJwIn19fQ=="}}  # noqa: E501


def pull_secret(places: dict[str, Any]) -> dict[str, Any]:
    content = base64.b64encode(json.dumps({"auths": places}).encode()).decode()
    return {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": content}}


@pytest.mark.parametrize(("image", "users"), [
    ("busybox", ["me"]), ("docker.io/x/y:1", ["me"]), ("index.docker.io/x/y", ["me"]), ("reg:5000/team/x", ["u"]), ("reg:5000/other/x", []),
    ("quay.io/x", []), ("reg.io/team/x", []),
])  # fmt: skip
def test_pull_secrets_go_to_their_registry_only(image: str, users: list[str]) -> None:
    of_another_type = {**pull_secret({"quay.io": {"username": "x"}}), "type": "Opaque"}
    assert [found.username for found in images.keyring(image, [SECRET_OBJECT, of_another_type])] == users


@pytest.mark.parametrize(("image", "places", "users"), [
    ("quay.io/coreos/etcd", {"quay.io": {"username": "all"}, "quay.io/coreos": {"username": "some"}}, ["some", "all"]),
    ("quay.io/x", {"https://quay.io/v2/": {"auth": "Zm9vOmJhcg"}}, ["foo"]), ("quay.io/x", {"quay.io/v2": {"username": "u"}}, []),
    ("quay.io/x", {"quay.io/v1/x": {"username": "pulled over", "auth": "cGluZzpwb25n"}}, ["ping"]),
    ("busybox", {"registry-1.docker.io": {"username": "u"}}, []),
    ("busybox", {"docker.io": {"username": "exact"}, "https://index.docker.io/v1/": {"username": "hub"}}, ["exact"]), ("quay.io/x", {"quay.io": None}, [""]),
])  # fmt: skip
def test_the_best_credentials_come_first(image: str, places: dict[str, Any], users: list[str]) -> None:
    assert [found.username for found in images.keyring(image, [pull_secret(places)])] == users


@pytest.mark.parametrize("auth", ["cGFudHM=", "pants", "!"])
def test_what_is_wrong_with_a_pull_secret_is_told_without_what_is_in_it(auth: str) -> None:
    with pytest.raises(RuntimeFailure) as refused:
        images.keyring("quay.io/x", [pull_secret({"other.io": {"auth": auth}})])
    assert (refused.value.reason, str(refused.value)) == ("ErrImagePull", "unable to parse auth field, must be formatted as base64(username:password)")


def test_globs_in_registries_and_spelled_times() -> None:
    assert images.matches("*.example.com", "a.example.com/x")
    assert not images.matches("*.example.com", "a.b.example.com/x")
    assert not images.matches("example.*", "example.com:5000/x")
    assert images.matches("[::1]:5000/x", "[::1]:5000/x/y")
    assert [images.spell(seconds) for seconds in (0.0, 0.5234, 1.2, 62.5, 3661)] == ["0s", "523ms", "1.2s", "1m2.5s", "1h1m1s"]
