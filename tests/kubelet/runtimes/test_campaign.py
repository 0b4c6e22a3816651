"""Generated pods, hostile ones among them, through the translation to engine calls: no option injected, no mount outside, no secret told."""

import os
import random
import re
from pathlib import Path
from typing import Any

import pytest

from minikube_py.kubelet import environment
from minikube_py.kubelet.engines import dockerspec, podmanspec
from minikube_py.kubelet.engines.api import ContainerSpec, EngineError
from minikube_py.kubelet.runtime import ContainerConfig, File, PodSandboxConfig, RuntimeFailure
from minikube_py.kubelet.runtimes import binds
from tests.kubelet.runtimes.conftest import Rig

SECRET = "S3CRET-hunter2"
HOSTILE = ["--privileged", "-v/:/host", "a:b", "../..", "x,readonly=false", "$(id)", "a\nb", "a\0b", "a=b", "é", "n;id", "`id`", "/etc", "label=disable",
           "seccomp=unconfined", "..", ".", "", " ", "/../etc", "c/../../../../etc", "\u202e", "x" * 300, "host", "container:x", "A" * 70]  # fmt: skip
LABELS = {"dev.kctl.cluster", "dev.kctl.node", "dev.kctl.kind", "dev.kctl.attempt", "dev.kctl.sandbox", "dev.kctl.role", "dev.kctl.message", "dev.kctl.held",
          "dev.kctl.image", "io.kubernetes.pod.namespace", "io.kubernetes.pod.name", "io.kubernetes.pod.uid", "io.kubernetes.container.name"}  # fmt: skip


class Maker:
    """Makes one pod after the other. What the API would refuse is among them."""

    def __init__(self, seed: int, rig: Rig) -> None:
        self.rng = random.Random(seed)
        self.allowed = rig.allowed

    def word(self, *plain: str) -> str:
        return self.rng.choice(HOSTILE) if self.rng.random() < 0.12 else self.rng.choice(plain)

    def maybe(self, chance: float, value: Any) -> Any:
        return value if self.rng.random() < chance else None

    def sandbox(self, number: int) -> PodSandboxConfig:
        volumes = [{"name": self.word(f"v{n}"), **self.volume()} for n in range(self.rng.randrange(4))]
        spec = {"volumes": volumes, "hostname": self.maybe(0.2, self.word("h")), "subdomain": self.maybe(0.2, self.word("s")),
                "hostNetwork": self.maybe(0.1, True), "hostPID": self.maybe(0.1, True), "hostIPC": self.maybe(0.1, True),
                "shareProcessNamespace": self.maybe(0.2, True), "restartPolicy": self.rng.choice(["Always", "Never", "OnFailure"]),
                "securityContext": {"fsGroup": 2000} if self.rng.random() < 0.3 else {},
                "hostAliases": [{"ip": self.word("1.2.3.4"), "hostnames": [self.word("x")]}] if self.rng.random() < 0.2 else [],
                "dnsConfig": {"searches": [self.word("example.org")], "options": [{"name": self.word("ndots"), "value": self.word("2")}]}}  # fmt: skip
        spec = {name: value for name, value in spec.items() if value is not None}
        spec["containers"] = [{"name": self.word("main"), "image": "busybox", **self.container(volumes)}]
        metadata = {"name": self.word("pod"), "namespace": self.word("default"), "uid": self.word(f"uid-{number}"),
                    "annotations": {"a": SECRET}, "labels": {"l": SECRET}}  # fmt: skip
        sources = {volume["name"]: {self.word("k", "d/k"): File(SECRET.encode())} for volume in volumes if "secret" in volume}
        claims = {volume["name"]: self.claim() for volume in volumes if "persistentVolumeClaim" in volume}
        return PodSandboxConfig({"metadata": metadata, "spec": spec}, "node", "10.244.0.5", sources, claims, (self.word("web.default"),))

    def volume(self) -> dict[str, Any]:
        path = self.word(f"{self.allowed}/a", f"{self.allowed}/link", f"{self.allowed}/link/etc", self.allowed, f"{self.allowed}/../up", "/", "/etc")
        return self.rng.choice([{"emptyDir": {}}, {"emptyDir": {"medium": "Memory"}}, {"secret": {"secretName": "s"}},
                                {"persistentVolumeClaim": {"claimName": "c"}},
                                {"hostPath": {"path": path, "type": self.rng.choice(["", "Directory", "DirectoryOrCreate", "FileOrCreate"])}}])  # fmt: skip

    def claim(self) -> dict[str, Any]:
        spec = self.rng.choice([{"csi": {"driver": "engine.kctl.dev"}}, {"hostPath": {"path": self.word("/", f"{self.allowed}/a")}},
                                {"local": {"path": "/root"}}])  # fmt: skip
        return {"metadata": {"name": self.word("pv-1")}, "spec": spec}

    def container(self, volumes: list[dict[str, Any]]) -> dict[str, Any]:
        mounts = [{"name": volume["name"], "mountPath": self.word("/m", "m", "/a/b", "/etc/hosts"), "subPath": self.maybe(0.4, self.word("s", "a/b")) or "",
                   "readOnly": self.rng.random() < 0.3} for volume in volumes]  # fmt: skip
        words = [self.word("sh", "$(A)", "$(TOKEN)", "$$(TOKEN)") for _ in range(self.rng.randrange(4))]
        security = {"privileged": self.rng.random() < 0.1, "capabilities": {"add": [self.word("NET_ADMIN")]}, "runAsUser": self.maybe(0.5, 1000),
                    "appArmorProfile": {"type": "Localhost", "localhostProfile": self.word("p")} if self.rng.random() < 0.2 else None}  # fmt: skip
        return {"command": words, "args": [self.word("x")], "workingDir": self.word("/w"), "volumeMounts": mounts, "securityContext": security,
                "terminationMessagePath": self.word("/dev/termination-log", "/t")}  # fmt: skip

    def env(self) -> list[tuple[str, str]]:
        return [("TOKEN", SECRET), (self.word("A"), self.word("value"))]


def run(seed: int, count: int, rig: Rig) -> dict[str, int]:
    """Translate so many pods; return how many were made and refused."""
    os.symlink("/", os.path.join(rig.allowed, "link"))
    rig.runtime._volumes.sees = lambda uid: os.geteuid() == 0
    maker, made, seen = Maker(seed, rig), {"made": 0, "refused": 0}, dict[str, Any]()
    roots = [os.path.realpath(folder) for folder in (rig.folder, rig.allowed, rig.engine.folder)]
    for number in range(count):
        sandbox = maker.sandbox(number)
        config = ContainerConfig(sandbox.pod["spec"]["containers"][0], 0, maker.env(), sandbox=sandbox)
        try:
            holder = rig.engine.specs[rig.runtime.run_pod_sandbox(sandbox)]
            check(holder, sandbox, roots)
            spec = rig.engine.specs[rig.runtime.create_container(sandbox.uid, config)]
        except RuntimeFailure as refusal:
            made["refused"] += 1
            assert SECRET not in str(refusal)
        else:
            made["made"] += 1
            check(spec, sandbox, roots)
            check_container(spec, holder, config, sandbox)
            identity = (sandbox.uid, sandbox.pod["metadata"]["name"], sandbox.pod["metadata"]["namespace"], config.spec["name"])
            assert seen.setdefault(spec.name, identity) == identity  # no two of them ever have one name
        assert SECRET not in " ".join(rig.engine.calls)
        leave(rig, sandbox)
    return made


def leave(rig: Rig, sandbox: PodSandboxConfig) -> None:
    """Remove the pod; one whose uid is no step of a path has nothing."""
    if re.fullmatch(r"[A-Za-z0-9][-A-Za-z0-9_.]*", sandbox.uid) and len(sandbox.uid) < 254:
        rig.runtime.remove_pod_sandbox(sandbox.uid)
    assert (rig.engine.containers, os.listdir(os.path.join(rig.folder, "pods")) if os.path.isdir(os.path.join(rig.folder, "pods")) else []) == ({}, [])
    rig.engine.calls.clear()
    rig.engine.specs.clear()


def check(spec: ContainerSpec, sandbox: PodSandboxConfig, roots: list[str]) -> None:
    """Hold what holds for each container."""
    assert re.fullmatch(r"kctl_[A-Za-z0-9_.-]+", spec.name)
    assert len(spec.name) <= 255
    assert set(spec.labels) <= LABELS
    assert SECRET not in repr(spec._replace(env=(), command=None, entrypoint=None))
    for mount in spec.mounts:
        assert re.fullmatch(r"/[^\0\n:]*", mount.target)
        assert ".." not in mount.target.split("/")
        if mount.source:
            real = os.path.realpath(mount.source)
            assert any(real == root or real.startswith(f"{root}/") for root in roots), (mount.source, real)
        else:
            assert re.fullmatch(r"kctl_[A-Za-z0-9_.-]+", mount.volume)
    pod = sandbox.pod["spec"]
    assert (spec.network == "host") is (bool(pod.get("hostNetwork")) and spec.labels["dev.kctl.kind"] == "sandbox")
    assert (spec.pid == "host", spec.ipc == "host") == (bool(pod.get("hostPID")), bool(pod.get("hostIPC")))
    for word in (*spec.dns_search, *spec.dns_options, *spec.dns):
        assert not re.search(r"\s", word)
    check_bodies(spec)


def check_bodies(spec: ContainerSpec) -> None:
    """What the engines are sent has each thing in its own field."""
    body = dockerspec.config(spec)
    host = body["HostConfig"]
    assert "Binds" not in host
    assert ([entry.partition("=")[::2] for entry in body["Env"]], host["Privileged"]) == ([tuple(entry) for entry in spec.env], spec.security.privileged)
    assert [(mount["Target"], mount["Source"]) for mount in host["Mounts"]] == [(mount.target, mount.source or mount.volume) for mount in spec.mounts]
    allowed = {"no-new-privileges:true", f"seccomp={spec.security.seccomp}", f"apparmor={spec.security.apparmor}"}
    assert set(host["SecurityOpt"]) <= allowed
    try:
        other = podmanspec.config(spec)
    except EngineError:
        return
    assert (other["privileged"], other["name"], other["labels"]) == (spec.security.privileged, spec.name, spec.labels)


def check_container(spec: ContainerSpec, holder: ContainerSpec, config: ContainerConfig, sandbox: PodSandboxConfig) -> None:
    """Hold what holds for a container in a sandbox: it has what was asked for, and nothing else."""
    asked, known = config.spec, dict(config.env)
    assert spec.security.privileged is bool(asked["securityContext"]["privileged"])
    assert list(spec.security.added) == [name.upper().removeprefix("CAP_") for name in asked["securityContext"]["capabilities"]["add"]]
    assert (spec.entrypoint or []) == [environment.expand(word, known) for word in asked["command"]]
    for word, said in zip(asked["command"], spec.entrypoint or [], strict=True):
        assert (SECRET in said) is (word == "$(TOKEN)")  # who writes the variable into a command wants it there
    assert (spec.network.partition(":")[0], spec.ports, spec.image) == ("container", (), "sha256:b")
    assert (spec.labels["io.kubernetes.pod.uid"], spec.labels["io.kubernetes.container.name"]) == (sandbox.uid, asked["name"])
    assert holder.security.privileged is False


@pytest.mark.parametrize("seed", range(4))
def test_generated_pods(rig: Rig, seed: int) -> None:
    try:
        made = run(seed, 250, rig)
    finally:
        binds.unmount_below(rig.folder)
    assert made["made"] > 30
    assert made["refused"] > 30


@pytest.mark.long
def test_a_hundred_thousand_generated_pods(rig: Rig, tmp_path: Path) -> None:
    try:
        made = run(99, 100_000, rig)
    finally:
        binds.unmount_below(rig.folder)
    assert sum(made.values()) == 100_000
