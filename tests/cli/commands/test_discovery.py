"""kctl version, api-resources, api-versions and cluster-info, as transcripts."""

import json
from pathlib import Path

import pytest

from minikube_py import __version__
from minikube_py.kits import yaml
from minikube_py.testing import Kctl
from tests.cli.commands.web import Web


def test_version(web: Web) -> None:
    assert web("version") == "Client Version: v1.33.1\nKustomize Version: v5.6.0\nServer Version: v1.33.1\n"
    assert web("version --client") == web("version --client x") == "Client Version: v1.33.1\nKustomize Version: v5.6.0\n"
    shown = json.loads(web("version -o json"))
    assert list(shown) == ["clientVersion", "kctlVersion", "kustomizeVersion", "serverVersion"]
    assert list(shown["serverVersion"]) == ["major", "minor", "gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform"]
    assert [shown["clientVersion"][field] for field in ("major", "minor", "gitVersion")] == ["1", "33", "v1.33.1"]
    assert shown["kctlVersion"] == f"v{__version__}"
    text = web("version --client -o yaml")
    assert next(iter(yaml.load_all(text))).value == {"clientVersion": shown["clientVersion"], "kctlVersion": f"v{__version__}",
                                                      "kustomizeVersion": "v5.6.0"}  # fmt: skip
    assert text.endswith("\n\n")


def test_api_resources(web: Web) -> None:
    assert web("api-resources --api-group=apps") == """NAME                  SHORTNAMES   APIVERSION   NAMESPACED   KIND
controllerrevisions                apps/v1      true         ControllerRevision
daemonsets            ds           apps/v1      true         DaemonSet
deployments           deploy       apps/v1      true         Deployment
replicasets           rs           apps/v1      true         ReplicaSet
statefulsets          sts          apps/v1      true         StatefulSet
"""
    assert web("api-resources --api-group=batch -o wide") == (
        "NAME       SHORTNAMES   APIVERSION   NAMESPACED   KIND      VERBS                                                        CATEGORIES\n"
        "cronjobs   cj           batch/v1     true         CronJob   create,delete,deletecollection,get,list,patch,update,watch   all\n"
        "jobs                    batch/v1     true         Job       create,delete,deletecollection,get,list,patch,update,watch   all\n"
    )


def test_api_resources_are_narrowed_and_sorted(web: Web) -> None:
    assert web("api-resources -o name --api-group=") == "".join(
        f"{name}\n" for name in ("bindings", "componentstatuses", "configmaps", "endpoints", "events", "limitranges", "namespaces", "nodes",
                                 "persistentvolumeclaims", "persistentvolumes", "pods", "podtemplates", "replicationcontrollers", "resourcequotas",
                                 "secrets", "serviceaccounts", "services")
    )  # fmt: skip
    assert web("api-resources -o name --namespaced=false --api-group=") == "componentstatuses\nnamespaces\nnodes\npersistentvolumes\n"
    assert web("api-resources -o name --categories=all --sort-by=kind --verbs=list,patch") == "".join(
        f"{name}\n" for name in ("cronjobs.batch", "daemonsets.apps", "deployments.apps", "horizontalpodautoscalers.autoscaling", "jobs.batch", "pods",
                                 "replicasets.apps", "replicationcontrollers", "services", "statefulsets.apps")
    )  # fmt: skip
    assert web("api-resources --api-group=autoscaling --no-headers") == "horizontalpodautoscalers   hpa   autoscaling/v2   true   HorizontalPodAutoscaler\n"
    by_name = web("api-resources -o name --sort-by=name").splitlines()
    assert [name.partition(".")[0] for name in by_name] == sorted(name.partition(".")[0] for name in by_name)


def test_api_versions(web: Web) -> None:
    versions = web("api-versions").splitlines()
    assert versions == sorted(versions)
    assert {"v1", "apps/v1", "autoscaling/v1", "autoscaling/v2", "rbac.authorization.k8s.io/v1"} <= set(versions)


def test_cluster_info(web: Web) -> None:
    assert web("cluster-info") == """Kubernetes control plane is running at kctl://minikube
CoreDNS is running at kctl://minikube/api/v1/namespaces/kube-system/services/kube-dns:dns/proxy

To further debug and diagnose cluster problems, use 'kctl cluster-info dump'.
"""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("version x", "error: extra arguments: [x]"),
        ("version -o foo", "error: --output must be 'yaml' or 'json'"),
        ("api-resources x", "error: unexpected arguments: [x]\nSee 'kctl api-resources -h' for help and examples"),
        ("api-resources -o foo", "error: --output foo is not available"),
        ("api-resources --sort-by=foo", "error: --sort-by accepts only name or kind"),
        ("api-versions x", "error: unexpected arguments: [x]\nSee 'kctl api-versions -h' for help and examples"),
    ],
)
def test_refusals(web: Web, line: str, message: str) -> None:
    assert web.result(line) == (1, "", message + "\n")


def test_a_dump_on_a_full_disk_names_its_file(kctl: Kctl, tmp_path: Path) -> None:
    (tmp_path / "nodes.json").symlink_to("/dev/full")
    result = kctl.result(f"cluster-info dump --output-directory {tmp_path}")
    assert result == (1, "", f"error: write {tmp_path}/nodes.json: no space left on device\n")
