"""kctl cluster, as transcripts, with clusters on disk."""

import io
from pathlib import Path

import pytest

from minikube_py.cli import main
from minikube_py.cli.factory import Streams
from minikube_py.testing import Result


class Machine:
    """kctl on a machine of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, line: str) -> Result:
        out, err = io.StringIO(), io.StringIO()
        code = main.run(line.split(), streams=Streams(io.StringIO(), out, err), environment={"KCTL_HOME": str(self.home)})
        return Result(code, out.getvalue(), err.getvalue())


@pytest.fixture
def kctl(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "home")


def test_a_life(kctl: Machine) -> None:
    assert kctl("cluster list") == (0, "", "No clusters found.\n")
    assert kctl("cluster create a --nodes 2") == (0, 'cluster "a" created\n', "")
    assert kctl("get nodes -o name") == (0, "node/a\nnode/a-m02\n", "")
    assert kctl("cluster create b --without kubelet,scheduler") == (0, 'cluster "b" created\n', "")
    assert kctl("config current-context") == (0, "b\n", "")
    assert kctl("get nodes") == (0, "", "No resources found\n")
    assert kctl("cluster list").out == (
        "CURRENT    NAME      NODES  RUNTIME    WITHOUT\n"
        "           a             2  dryrun     <none>\n"
        "*          b             1  dryrun     kubelet,scheduler\n"
    )
    assert kctl("cluster use a") == (0, 'Switched to cluster "a".\n', "")
    assert kctl("get nodes -o name --context b") == (0, "", "")
    assert kctl("get nodes -o name") == (0, "node/a\nnode/a-m02\n", "")
    assert kctl("cluster delete a") == (0, 'cluster "a" deleted\n', "")
    assert kctl("config get-contexts -o name") == (0, "b\n", "")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("cluster create A", '"A" is no name for a cluster: lower case letters, digits and "-", at most 63'),
        ("cluster create ../x", '"../x" is no name for a cluster: lower case letters, digits and "-", at most 63'),
        ("cluster create a --control-planes 2", "2 control planes need at least as many nodes"),
        ("cluster create a --runtime nope", 'no plugin provides the runtime "nope"; there are: dryrun, docker, podman'),
        ("cluster use a", 'cluster "a" does not exist'),
        ("cluster delete a", 'cluster "a" does not exist'),
        ("cluster nope", "no such command 'nope'\nSee 'kctl cluster --help' for usage."),
        ("cluster list --nope", "no such option: --nope\nSee 'kctl cluster --help' for usage."),
        ("get pods --cluster a", 'no server found for cluster "a"'),
    ],
)
def test_refusals(kctl: Machine, line: str, message: str) -> None:
    assert kctl(line) == (1, "", f"error: {message}\n")
    assert not (kctl.home / "clusters").exists() or not any((kctl.home / "clusters").iterdir())


def test_help(kctl: Machine) -> None:
    text = kctl("cluster --help").out
    assert text == kctl("help cluster").out
    for name in ("create", "list", "use", "delete"):
        assert f"\n  {name}" in text


def test_ctrl_c(kctl: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    from minikube_py.cluster import bootstrap

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "create", interrupted)
    assert kctl("cluster create a") == (130, "", "")


PROFILES = """apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: default-scheduler
- schedulerName: packer
  plugins: {score: {disabled: [{name: NodeResourcesBalancedAllocation}]}}
"""


def test_a_scheduler_of_ones_own(kctl: Machine, tmp_path: Path) -> None:
    path = tmp_path / "profiles.yaml"
    path.write_text(PROFILES)
    assert kctl(f"cluster create a --scheduler-config {path}") == (0, 'cluster "a" created\n', "")
    assert kctl('run web --image=nginx --overrides={"spec":{"schedulerName":"packer"}}').code == 0
    assert kctl("get pod web -o jsonpath={.status.phase}/{.spec.schedulerName}").out == "Running/packer"
    assert kctl('run lost --image=nginx --overrides={"spec":{"schedulerName":"nobody"}}').code == 0
    assert kctl("get pod lost -o jsonpath={.status.phase}").out == "Pending"


def test_a_scheduler_configuration_with_mistakes(kctl: Machine, tmp_path: Path) -> None:
    path = tmp_path / "profiles.yaml"
    path.write_text(PROFILES.replace("profiles:", "profile: 1\nprofiles:").replace("schedulerName: packer", "schedulerName: 7"))
    assert kctl(f"cluster create a --scheduler-config {path}") == (1, "", (
        f"error: {path} is no KubeSchedulerConfiguration:\n"
        "* document: Additional properties are not allowed ('profile' was unexpected)\n"
        "* profiles[1].schedulerName: 7 is not of type 'string'\n"
    ))  # fmt: skip
    assert kctl("cluster list").err == "No clusters found.\n"


def test_saved_verified_and_put_back(kctl: Machine, tmp_path: Path) -> None:
    file = tmp_path / "saved"
    assert kctl("create configmap before --from-literal=a=1").code == 0
    assert kctl(f"cluster snapshot minikube {file}") == (0, f'cluster "minikube" saved to {file}\n', "")
    assert kctl(f"cluster snapshot minikube {file}") == (1, "", f"error: {file} already exists\n")
    assert kctl("delete configmap before").code == 0
    assert kctl("create configmap after --from-literal=a=1").code == 0
    assert kctl(f"cluster restore minikube {file}") == (0, f'cluster "minikube" restored from {file}\n', "")
    assert kctl("get configmaps -o name").out == "configmap/before\nconfigmap/kube-root-ca.crt\n"
    assert kctl("cluster verify minikube") == (0, 'cluster "minikube" is sound\n', "")
    assert kctl(f"cluster restore minikube {tmp_path / 'none'}") == (1, "", f'error: the path "{tmp_path / "none"}" does not exist\n')
