"""What is shown where something may not be read, is missing, or is in another version."""

import pytest

from minikube_py import describers
from minikube_py.machinery import errors
from tests.describers import cases, fakes

pytestmark = pytest.mark.usefixtures("utc")


def describe(name, client, obj=None):
    objects = cases.objects(name)
    resource = fakes.SCHEME.for_kind(objects[0]["apiVersion"], objects[0]["kind"])
    return describers.describe(resource, obj or objects[0], client, now=cases.NOW)


def test_node_without_access_to_pods_and_lease():
    client = fakes.FakeClient(*cases.objects("node"), forbidden=("pods", "leases"))
    text = describe("node", client)
    assert '\nLease:              Failed to get lease: leases.coordination.k8s.io "minikube" is forbidden: no\n' in text
    assert "\nPods:                         not authorized\nEvents:\n" in text


def test_node_asks_for_its_live_pods_through_the_index():
    client = fakes.FakeClient(*cases.objects("node"))
    describe("node", client)
    assert ("pods", "", "", "spec.nodeName=minikube,status.phase!=Failed,status.phase!=Succeeded") in client.calls
    assert client.indexes == [("node", "minikube")]


def test_node_reads_nothing_when_pods_fail_otherwise():
    with pytest.raises(errors.StatusError, match="disk is full"):
        describe("node", fakes.FakeClient(failing={"pods": errors.StatusError("disk is full")}))


def test_replica_set_says_why_pods_are_not_counted():
    text = describe("replicaset", fakes.FakeClient(forbidden=("pods",)))
    assert "\nPods Status:    error in fetching pods: pods is forbidden: no\n" in text


def test_daemon_set_fails_without_pods():
    with pytest.raises(errors.Forbidden):
        describe("daemonset", fakes.FakeClient(forbidden=("pods",)))


def test_deployment_without_access_to_replica_sets():
    assert "ReplicaSet:" not in describe("deployment", fakes.FakeClient(*cases.objects("deployment"), forbidden=("replicasets",)))


def test_service_account_without_access_to_secrets():
    text = describe("serviceaccount", fakes.FakeClient(forbidden=("secrets",)))
    assert "Image pull secrets:  registry\n                     gone\nMountable secrets:   token\nTokens:              <none>\n" in text


def test_service_without_access_to_endpoint_slices():
    text = describe("service", fakes.FakeClient(forbidden=("endpointslices",)))
    assert text.count("Endpoints:                   <none>\n") == 2


def test_ingress_without_access_to_endpoint_slices():
    text = describe("ingress-default", fakes.FakeClient(forbidden=("endpointslices",)))
    assert "Default backend:  web:80 (<error: endpointslices.discovery.k8s.io is forbidden: no>)\n" in text


def test_namespace_fails_without_quotas():
    with pytest.raises(errors.Forbidden):
        describe("namespace", fakes.FakeClient(forbidden=("resourcequotas",)))


def test_config_map_fails_without_events():
    with pytest.raises(errors.Forbidden):
        describe("configmap", fakes.FakeClient(forbidden=("events",)))


def test_pod_does_not():
    assert describe("pod-pending", fakes.FakeClient(forbidden=("events",))) == cases.expected("pod-pending")


def test_autoscaler_is_read_again_in_its_version_2():
    old = {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web", "namespace": "shop"}}
    assert describe("hpa", fakes.FakeClient(*cases.objects("hpa")), old) == cases.expected("hpa")


def test_certificate_request_that_is_none():
    broken = cases.objects("csr")[0]
    broken["spec"]["request"] = "bm90aGluZw=="
    with pytest.raises(errors.KctlError, match="^Error parsing CSR: PEM block type must be CERTIFICATE REQUEST$"):
        describe("csr", fakes.FakeClient(), broken)


def test_keys_are_sorted():
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}, "data": {"b": "2", "a": "1"}}
    text = describe("configmap", fakes.FakeClient(), config)
    assert "\nData\n====\na:\n----\n1\n\nb:\n----\n2\n\n\nBinaryData\n====\n\nEvents:  <none>\n" in text
