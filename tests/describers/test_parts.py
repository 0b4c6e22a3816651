"""Parts of descriptions that decide something."""

import base64

import pytest

from minikube_py.describers import backends, certificaterequest, csr, generic, job, kinds, podresources, probes, role, selecting
from tests.describers import cases, fakes


@pytest.mark.parametrize(
    ("field", "label"),
    [
        ("apiVersion", "API Version"), ("creationTimestamp", "Creation Timestamp"), ("uid", "UID"), ("podIPs", "Pod I Ps"),
        ("clientURL", "Client URL"), ("x-kubernetes-foo", "X - Kubernetes - Foo"), ("app.kubernetes.io/name", "app.kubernetes.io/name"),
        ("openAPIV3Schema", "openAPIV3Schema"), ("under_score", "under_score"), ("", ""),
    ],
)  # fmt: skip
def test_generic_label(field, label):
    assert generic.label(field) == label


@pytest.mark.parametrize(
    ("indexes", "text"),
    [("", "<none>"), ("0-5", "0-5"), (",".join("1" * 30), ",".join("1" * 26) + ",..."), ("1" * 60, "1" * 60)],
)
def test_capped_indexes(indexes, text):
    assert job.capped_indexes(indexes) == text


def endpoint_slice(*ready, port="http", ports=True):
    endpoints = [{"addresses": [f"10.0.0.{number}"], "conditions": {"ready": state}} for number, state in enumerate(ready)]
    return {"ports": [{"name": port, "port": 80}] if ports else None, "endpoints": endpoints}


@pytest.mark.parametrize(
    ("slices", "text"),
    [
        ([], "<none>"),
        ([endpoint_slice()], ""),
        ([endpoint_slice(True, False, None)], "10.0.0.0:80,10.0.0.2:80"),
        ([endpoint_slice(True, True, True)], "10.0.0.0:80,10.0.0.1:80,10.0.0.2:80"),
        ([endpoint_slice(True, True, True, True)], "10.0.0.0:80,10.0.0.1:80,10.0.0.2:80 + 1 more..."),
        ([endpoint_slice(True, True, True, False)], "10.0.0.0:80,10.0.0.1:80,10.0.0.2:80 + 0 more..."),
        ([endpoint_slice(True, port="dns")], ""),
        ([endpoint_slice(True, ports=False), endpoint_slice(True)], "10.0.0.0,10.0.0.0:80"),
    ],
)
def test_backends(slices, text):
    assert backends.text(slices, "http") == text


BOTH = {"cpu": "1", "memory": "1Gi"}


@pytest.mark.parametrize(
    ("containers", "quality"),
    [
        ([{}], "BestEffort"),
        ([{"requests": {"cpu": "0"}}], "BestEffort"),
        ([{"requests": {"example.com/gpu": "1"}}], "BestEffort"),
        ([{"requests": {"cpu": "1"}}], "Burstable"),
        ([{"requests": BOTH, "limits": {"cpu": "1000m", "memory": "1024Mi"}}], "Guaranteed"),
        ([{"requests": BOTH, "limits": {"cpu": "2", "memory": "1Gi"}}], "Burstable"),
        ([{"requests": BOTH, "limits": BOTH}, {}], "Burstable"),
        ([{"limits": {"memory": "1Gi"}, "requests": {"memory": "1Gi"}}], "Burstable"),
    ],
)
def test_qos_class(containers, quality):
    assert podresources.qos_class({"containers": [{"resources": each} for each in containers]}) == quality


def test_rules_are_merged_by_resource_and_sorted_by_verbs():
    rules = [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["watch", "get"]},
        {"apiGroups": ["", "apps"], "resources": ["pods"], "verbs": ["get", "create"]},
        {"nonResourceURLs": ["/healthz"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods"], "resourceNames": ["one"], "verbs": ["delete"]},
    ]
    assert role.compact(rules) == [
        {"apiGroups": [""], "resources": ["pods"], "resourceNames": ["one"], "verbs": ["delete"]},
        {"apiGroups": ["apps"], "resources": ["pods"], "verbs": ["get", "create"]},
        {"nonResourceURLs": ["/healthz"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["watch", "get", "create"]},
    ]


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        (None, ""),
        ({}, ""),
        ({"matchLabels": {"b": "2", "a": ""}}, "a=,b=2"),
        ({"matchExpressions": [{"key": "z", "operator": "Exists"}, {"key": "a", "operator": "DoesNotExist"}]}, "!a,z"),
        ({"matchLabels": {"m": "1"}, "matchExpressions": [{"key": "k", "operator": "NotIn", "values": ["y", "x"]}]}, "k notin (x,y),m=1"),
    ],
)
def test_selectors(selector, text):
    assert selecting.expression(selector) == text


@pytest.mark.parametrize(
    ("action", "url"),
    [
        ({"port": 80, "scheme": "HTTP"}, "http://:80"),
        ({"port": "web", "path": "live", "host": "h", "scheme": "HTTPS"}, "https://h:web/live"),
        ({"port": 80, "path": "/a?b=c d%", "host": "::1", "scheme": "HTTP"}, "http://[::1]:80/a%3Fb=c%20d%25"),
    ],
)
def test_probe_url(action, url):
    assert probes.text({"httpGet": action}).split(" delay=")[0] == f"http-get {url}"


@pytest.mark.parametrize(
    ("conditions", "certificate", "text"),
    [
        ([], "", "Pending"),
        (["Approved"], "AA", "Approved,Issued"),
        (["Approved", "Denied"], "", "Denied"),
        (["Approved", "Failed"], "", "Approved,Failed"),
    ],
)
def test_status_of_a_certificate_request(conditions, certificate, text):
    status = {"conditions": [{"type": each} for each in conditions], "certificate": certificate}
    assert csr.status_text({"status": status}) == text


@pytest.mark.parametrize(("cut", "problem"), [(0, "structure error: not a certificate request"), (1, "syntax error: truncated tag or length"),
                                              (10, "syntax error: data truncated"), (200, "syntax error: data truncated")])  # fmt: skip
def test_truncated_certificate_request(cut, problem):
    pem = base64.b64decode(cases.objects("csr-pending")[0]["spec"]["request"]).decode()
    der = base64.b64decode("".join(pem.split("-----")[2].split()))[:cut]
    broken = f"-----BEGIN CERTIFICATE REQUEST-----\n{base64.b64encode(der).decode()}\n-----END CERTIFICATE REQUEST-----\n"
    with pytest.raises(ValueError, match=f"^asn1: {problem}$"):
        certificaterequest.parse(broken)


def test_every_describer_is_there_and_its_kind_too():
    known = {(resource.group, resource.kind) for resource in fakes.SCHEME}
    missing = {pair for pair in kinds.DESCRIBERS if pair not in known}
    assert missing <= {("storage.k8s.io", "VolumeAttributesClass")}  # served where its beta API is switched on
    described = {cases.objects(name)[0]["kind"] for name in cases.NAMES}
    assert {kind for _, kind in kinds.DESCRIBERS} - described == {"VolumeAttributesClass"}
