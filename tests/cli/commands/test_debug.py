"""kctl debug: what transcripts cannot show, and containers that are added to running pods."""

import json
from pathlib import Path
from typing import Any

import pytest

from minikube_py.testing import Kctl

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "two", "labels": {"app": "two"}, "annotations": {"note": "v"}},
       "spec": {"initContainers": [{"name": "i", "image": "busybox"}], "securityContext": {"runAsUser": 1000}, "containers": [
           {"name": "b", "image": "nginx", "livenessProbe": {"tcpSocket": {"port": 80}}}, {"name": "c", "image": "nginx", "args": ["x"]}]}}  # fmt: skip
LEGACY = ('--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example '
          '"--profile=general".\n')  # fmt: skip
NON_ROOT = ('Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider '
            'using "--custom" with a custom profile that specifies "securityContext.runAsUser: 0".\n')  # fmt: skip


@pytest.fixture
def pod(kctl: Kctl) -> Kctl:
    kctl("create -f -", json.dumps(POD))
    return kctl


def _read(kctl: Kctl, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(kctl(f"get pod {name} -o json"))
    return found


def test_a_container_in_a_running_pod_runs_and_is_not_ready(pod: Kctl) -> None:
    assert pod.result("debug two --image=busybox -c d1 --env=A=b --target=b -- sleep 5") == (
        0, "Targeting container \"b\". If you don't see processes from this container it may be because the container runtime doesn't support this "
           "feature.\n", LEGACY)  # fmt: skip
    assert pod.result("debug two --image=busybox:2 -c d2 --profile=baseline -q") == (0, "", "")
    found = _read(pod, "two")
    first, second = found["spec"]["ephemeralContainers"]
    assert (first["name"], first["command"], first["env"], first["targetContainerName"]) == ("d1", ["sleep", "5"], [{"name": "A", "value": "b"}], "b")
    assert (second["name"], second["image"]) == ("d2", "busybox:2")
    states = [(each["name"], list(each["state"]), each["ready"]) for each in found["status"]["ephemeralContainerStatuses"]]
    assert states == [("d1", ["running"], False), ("d2", ["running"], False)]
    assert pod("get pod two -o jsonpath={.status.phase}") == "Running"


def test_attaching_falls_back_to_logs(pod: Kctl) -> None:
    assert pod.result("debug two --image=busybox -c d1 -i --profile=baseline") == (
        0,
        "dry run: container d1 (busybox) was not started, so it has no log\n",
        "If you don't see a command prompt, try pressing enter.\nwarning: couldn't attach to pod/two, falling back to streaming logs: unable to upgrade "
        "connection: container d1 of pod default/two does not run: the runtime is a dry run\n",
    )


def test_capabilities_that_a_user_cannot_use_are_told(pod: Kctl) -> None:
    assert pod.result("debug two --image=busybox -c d1 --profile=general") == (0, "", NON_ROOT)
    assert pod.result("debug two --image=busybox -c d2 --profile=restricted") == (0, "", "")


def test_a_profile_of_ones_own(pod: Kctl, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("securityContext: {runAsUser: 0}\nenv: [{name: A, value: b}]\n")
    assert pod.result(f"debug two --image=busybox -c d1 --profile=general --custom={own}").code == 0
    made = _read(pod, "two")["spec"]["ephemeralContainers"][0]
    assert made["securityContext"] == {"capabilities": {"add": ["SYS_PTRACE"]}, "runAsUser": 0}
    assert made["env"] == [{"name": "A", "value": "b"}]
    own.write_text('{"image": "x"}')
    assert pod.result(f"debug two --image=busybox --profile=general --custom={own}") == (
        1, "", "error: name, command, image, lifecycle and volume devices are not modifiable via custom profile\n")  # fmt: skip
    own.write_text("[1]")
    assert pod.result(f"debug two --image=busybox --custom={own}").err == f"error: {own} does not contain a valid container spec: it is no object\n"
    own.unlink()
    assert pod.result(f"debug two --image=busybox --custom={own}") == (
        1, "", f"error: must pass a container spec json file for custom profile: open {own}: no such file or directory\n")  # fmt: skip


def test_a_copy_with_a_changed_container(pod: Kctl) -> None:
    line = "debug two --copy-to=new --container=c --profile=general --set-image=b=other --keep-labels --keep-liveness --same-node -- run it"
    assert pod.result(line).code == 0
    found = _read(pod, "new")
    assert [each["name"] for each in found["spec"]["containers"]] == ["b", "c"]
    b, c = found["spec"]["containers"]
    assert (b["image"], "livenessProbe" in b) == ("other", True)
    assert (c["command"], "args" in c, c["securityContext"]) == (["run", "it"], False, {"capabilities": {"add": ["SYS_PTRACE"]}})
    assert found["metadata"]["labels"] == {"app": "two"}
    assert "annotations" not in found["metadata"]
    assert found["spec"]["shareProcessNamespace"] is True
    assert found["spec"]["nodeName"] == "minikube"


def test_the_pod_of_a_file(pod: Kctl, tmp_path: Path) -> None:
    (tmp_path / "pod.json").write_text(json.dumps(POD))
    assert pod.result(f"debug -f {tmp_path}/pod.json --copy-to=new --image=busybox --profile=general --attach=false -c debugger").code == 0
    assert [each["name"] for each in _read(pod, "new")["spec"]["containers"]][-1] == "debugger"


def test_replacing_and_init_containers(pod: Kctl) -> None:
    line = "debug two --copy-to=new --image=x -q --profile=baseline --replace --keep-init-containers=false --share-processes=false --keep-annotations"
    assert pod.result(line) == (0, "", "")
    assert pod("get pods -o name") == "pod/new\n"
    found = _read(pod, "new")
    assert "initContainers" not in found["spec"]
    assert found["spec"]["shareProcessNamespace"] is False
    assert found["metadata"]["annotations"] == {"note": "v"}


@pytest.mark.parametrize(("profile", "host", "mounted", "security"), [
    ("legacy", True, True, None),
    ("general", True, True, None),
    ("baseline", None, False, None),
    ("restricted", None, False, {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True,
                                 "seccompProfile": {"type": "RuntimeDefault"}}),
    ("netadmin", True, False, {"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}}),
    ("sysadmin", True, True, {"privileged": True}),
])  # fmt: skip
def test_nodes(kctl: Kctl, profile: str, host: bool | None, mounted: bool, security: dict[str, Any] | None) -> None:
    code, out, err = kctl.result(f"debug node/minikube --image=busybox --profile={profile} -c shell --arguments-only -- a b")
    assert (code, err) == (0, LEGACY if profile == "legacy" else "")
    name = out.split()[3]
    assert out == f"Creating debugging pod {name} with container shell on node minikube.\n"
    spec = _read(kctl, name)["spec"]
    container = spec["containers"][0]
    assert [spec.get(field) for field in ("hostNetwork", "hostPID", "hostIPC")] == [host] * 3
    assert ("/host" in [mount["mountPath"] for mount in container["volumeMounts"]]) == mounted
    assert container.get("securityContext") == security
    assert (container["args"], spec["nodeName"], spec["restartPolicy"]) == (["a", "b"], "minikube", "Never")
    assert kctl(f"get pod {name} -o jsonpath={{.status.phase}}") == "Running"


@pytest.mark.parametrize(("line", "message"), [
    ("two --attach", "you must specify --container or create a new container using --image in order to attach."),
    ("two --copy-to=x", "you must specify --image, --set-image or command arguments."),
    ("two --copy-to=x -- sh", "you must specify an existing container or a new image when specifying args."),
    ("two --copy-to=x --image=y --target=b", "--target is incompatible with --copy-to. Use --share-processes instead."),
    ("two --image=x -t", "-i/--stdin is required for containers with -t/--tty=true"),
    ("two --image=x --image-pull-policy=y", "invalid image pull policy: y"),
    ("two --copy-to=x --set-image=b=A", 'invalid image name "A" for container "b": invalid reference format'),
    ("two --image=x --profile=y", "unknown profile: y"),
])  # fmt: skip
def test_refusals(kctl: Kctl, line: str, message: str) -> None:
    assert kctl.result(f"debug {line}") == (1, "", f"error: {message}\n")
