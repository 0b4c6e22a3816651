# ruff: noqa: E501 - messages stand on one line, so that they can be searched for
from typing import Any

import pytest

from tests.registry import podhelp
from tests.registry.test_podspec import POD, PODS, REQUIRED, C, spec_of

WEB = "spec.containers[0]"
SUBDOMAIN = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"


def test_what_gates_keep_off_is_dropped() -> None:
    spec = spec_of(
        {
            "spec.resourceClaims": [{"name": "gpu", "resourceClaimName": "x"}],
            "spec.volumes": [{"name": "i", "image": {"reference": "x:1"}}, {"name": "p", "projected": {"sources": [{"clusterTrustBundle": {"name": "a", "path": "b"}}]}}],
            f"{C}.volumeMounts": [{"name": "i", "mountPath": "/i"}],
            f"{C}.resources": {"claims": [{"name": "gpu"}]},
            f"{C}.lifecycle": {"stopSignal": "SIGTERM"},
        }
    )
    assert "resourceClaims" not in spec
    assert spec["volumes"] == [{"name": "p", "projected": {"sources": [{}], "defaultMode": 0o644}}]
    (container,) = spec["containers"]
    assert container["resources"] == {}
    assert not {"volumeMounts", "lifecycle"} & container.keys()


def test_what_go_always_writes_is_there() -> None:
    (container,) = spec_of({f"{C}.livenessProbe": {"httpGet": {"port": 80, "httpHeaders": [{"name": "a"}]}}, f"{C}.lifecycle": {"preStop": {"sleep": {}}}})["containers"]
    assert container["livenessProbe"]["httpGet"]["httpHeaders"] == [{"name": "a", "value": ""}]
    assert container["lifecycle"] == {"preStop": {"sleep": {"seconds": 0}}}
    assert spec_of({"spec.volumes": [{"name": "e", "emptyDir": {"sizeLimit": "0.0005"}}]})["volumes"] == [{"name": "e", "emptyDir": {"sizeLimit": "500u"}}]


@pytest.mark.parametrize(
    ("note", "field", "warns"),
    [("unconfined", {"type": "Unconfined"}, True), ("nonsense", None, True), ("runtime/default", None, False)],
)
def test_annotations_of_app_armor_are_told_of(note: str, field: dict[str, str] | None, warns: bool) -> None:
    key, warned = "container.apparmor.security.beta.kubernetes.io/web", list[str]()
    pod = podhelp.patched(POD, {"spec.securityContext.appArmorProfile": {"type": "RuntimeDefault"}})
    pod["metadata"]["annotations"] = {key: note}
    PODS.default(pod)
    PODS.prepare_create(pod, podhelp.CONTEXT._replace(warn=warned.append))
    assert pod["spec"]["containers"][0].get("securityContext") == (field and {"appArmorProfile": field})
    assert warned == [f'metadata.annotations[{key}]: deprecated since v1.30; use the "appArmorProfile" field instead'] * warns


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({f"{C}.securityContext": {"procMount": ""}}, [f'{WEB}.securityContext.procMount: Unsupported value: "": supported values: "Default", "Unmasked"']),
        ({"spec.shareProcessNamespace": True, "spec.hostPID": True}, ["spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled"]),
        ({"spec.securityContext.seLinuxChangePolicy": "MountOption"}, ['spec.securityContext.seLinuxChangePolicy: Unsupported value: "MountOption": supported values: "Recursive"']),
        ({"spec.runtimeClassName": ""}, [f'spec.runtimeClassName: Invalid value: "": {SUBDOMAIN}']),
        ({"spec.topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "a/b/c", "whenUnsatisfiable": "DoNotSchedule", "matchLabelKeys": ["a"]}]}, ["spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set"]),
        ({f"spec.affinity.podAffinity.{REQUIRED}": [{"topologyKey": "z", "labelSelector": {"matchLabels": {"app": "web"}}, "matchLabelKeys": ["app"]}]}, [f'spec.affinity.podAffinity.{REQUIRED}[0][0]: Invalid value: "app": exists in both matchLabelKeys and labelSelector']),
        ({f"{C}.env": [{"name": "\0", "value": "1"}]}, [f"{WEB}.env[0].name: Invalid value: \"\\x00\": a valid environment variable name must consist only of printable ASCII characters other than '='"]),
        ({"metadata.ownerReferences": [{"apiVersion": "a/b/c", "kind": "A", "name": "a", "uid": "1"}]}, ['metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty']),
        ({"metadata.finalizers": ["-/a"]}, [f'metadata.finalizers: Invalid value: "-/a": prefix part {SUBDOMAIN}']),
    ],
)  # fmt: skip
def test_what_validation_refuses(changes: dict[str, Any], expected: list[str]) -> None:
    assert podhelp.errors(PODS, podhelp.patched(POD, changes)) == expected


def test_annotations_of_app_armor_in_templates_agree_with_fields() -> None:
    templates = podhelp.strategy("", "podtemplates")
    profile = {"type": "Localhost", "localhostProfile": "a"}
    spec = {"containers": [{"name": "web", "image": "nginx", "securityContext": {"appArmorProfile": profile}}]}
    found = {}
    for note in ("localhost/a", "localhost/b", "unconfined"):
        metadata = {"annotations": {"container.apparmor.security.beta.kubernetes.io/web": note}}
        found[note] = podhelp.errors(templates, {"metadata": {"name": "t"}, "template": {"metadata": metadata, "spec": spec}})
    where = "template.spec.containers[0].securityContext.appArmorProfile"
    assert found == {
        "localhost/a": [],
        "localhost/b": [f"{where}.localhostProfile: Forbidden: apparmor profile in annotation and field must match"],
        "unconfined": [f"{where}.type: Forbidden: apparmor type in annotation and field must match"],
    }


def test_a_source_without_files_stands_for_the_one_before() -> None:
    volume = {"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}, {"secret": {"name": "s"}}]}}
    pod = podhelp.created(PODS, podhelp.patched(POD, {"spec.volumes": [volume]}))
    twice = '"token" (ServiceAccountToken) with "token" (ServiceAccountToken)'
    assert PODS.warnings(pod, None) == [f'volume "v" (Projected): overlapping paths: {twice}']
