# ruff: noqa: E501 - messages stand on one line, so that they can be searched for
from typing import Any

import pytest

from minikube_py.machinery import errors
from minikube_py.registry.pod import amounts
from tests.registry import podhelp

PODS = podhelp.strategy("", "pods")
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "default", "labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "image": "nginx"}]},
}
C = "spec.containers.0"
RFC = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
NAME_PART = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
LABEL_VALUE = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
HANDLER = {"httpGet": {"port": 80}}


def spec_of(changes: dict[str, Any]) -> dict[str, Any]:
    return podhelp.created(PODS, podhelp.patched(POD, changes))["spec"]


def test_defaults() -> None:
    pod = podhelp.created(PODS, POD)
    assert pod["spec"] == {
        "containers": [
            {
                "name": "web",
                "image": "nginx",
                "imagePullPolicy": "Always",
                "resources": {},
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
            }
        ],
        "dnsPolicy": "ClusterFirst",
        "enableServiceLinks": True,
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
    }
    assert (pod["status"], pod["metadata"]["generation"]) == ({"phase": "Pending", "qosClass": "BestEffort"}, 1)


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1.27", "IfNotPresent"),
        ("localhost:5000/nginx", "Always"),
        ("localhost:5000/nginx:1", "IfNotPresent"),
        ("nginx@sha256:" + "a" * 64, "IfNotPresent"),
        ("nginx:latest@sha256:" + "a" * 64, "Always"),
    ],
)
def test_pull_policy(image: str, policy: str) -> None:
    assert spec_of({f"{C}.image": image})["containers"][0]["imagePullPolicy"] == policy


def test_defaults_of_probes_ports_and_environment() -> None:
    container = spec_of(
        {
            f"{C}.livenessProbe": {"httpGet": {"port": 80}},
            f"{C}.readinessProbe": {"grpc": {"port": 80}, "periodSeconds": 5},
            f"{C}.ports": [{"containerPort": 80}],
            f"{C}.env": [
                {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "B", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
            ],
            f"{C}.lifecycle": {"preStop": {"httpGet": {"port": "http"}}},
        }
    )["containers"][0]
    numbers = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
    assert container["livenessProbe"] == {"httpGet": {"port": 80, "path": "/", "scheme": "HTTP"}, **numbers}
    assert container["readinessProbe"] == {"grpc": {"port": 80, "service": ""}, **numbers, "periodSeconds": 5}
    assert container["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    assert container["env"][0]["valueFrom"]["fieldRef"]["apiVersion"] == "v1"
    assert container["env"][1]["valueFrom"]["resourceFieldRef"]["divisor"] == "0"
    assert container["lifecycle"]["preStop"]["httpGet"] == {"port": "http", "path": "/", "scheme": "HTTP"}


def test_amounts_are_stored_canonically_and_limits_become_requests() -> None:
    resources = {"limits": {"cpu": 0.5, "memory": "1024Mi"}, "requests": {"cpu": "0.0001"}}
    assert spec_of({f"{C}.resources": resources})["containers"][0]["resources"] == {
        "limits": {"cpu": "500m", "memory": "1Gi"},
        "requests": {"cpu": "1m", "memory": "1Gi"},
    }


@pytest.mark.parametrize(("text", "stored"), [("1m", "1m"), ("1n", "1m"), ("1500u", "2m"), ("-1500u", "-2m"), ("0", "0"), ("1Ki", "1Ki"), (2, "2")])
def test_less_than_a_thousandth_is_rounded_away_from_zero(text: str | int, stored: str) -> None:
    assert amounts.stored(text) == stored


def test_an_amount_that_is_none() -> None:
    with pytest.raises(errors.BadRequest) as caught:
        spec_of({f"{C}.resources": {"limits": {"cpu": "much"}}})
    assert caught.value.message == (
        'Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression '
        r"'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    )


def test_defaults_of_volumes() -> None:
    volumes = [
        {"name": "a"},
        {"name": "b", "secret": {"secretName": "x"}},
        {"name": "c", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}},
        {"name": "d", "hostPath": {"path": "/"}},
        {"name": "e", "emptyDir": {"sizeLimit": "1024Ki"}},
    ]
    assert spec_of({"spec.volumes": volumes})["volumes"] == [
        {"name": "a", "emptyDir": {}},
        {"name": "b", "secret": {"secretName": "x", "defaultMode": 420}},
        {"name": "c", "projected": {"sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}}], "defaultMode": 420}},
        {"name": "d", "hostPath": {"path": "/", "type": ""}},
        {"name": "e", "emptyDir": {"sizeLimit": "1Mi"}},
    ]


def test_host_network_takes_the_ports_of_the_host() -> None:
    spec = spec_of({"spec.hostNetwork": True, f"{C}.ports": [{"containerPort": 80}]})
    assert spec["containers"][0]["ports"] == [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]


def test_service_account_has_two_names() -> None:
    spec = spec_of({"spec.serviceAccountName": "robot"})
    assert (spec["serviceAccountName"], spec["serviceAccount"]) == ("robot", "robot")


@pytest.mark.parametrize(
    ("resources", "quality"),
    [
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}, "Burstable"),
        ({"requests": {"cpu": "500m"}}, "Burstable"),
        ({"limits": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"nvidia.com/gpu": "1"}}, "BestEffort"),
    ],
)
def test_quality_of_service(resources: dict[str, Any], quality: str) -> None:
    assert podhelp.created(PODS, podhelp.patched(POD, {f"{C}.resources": resources}))["status"]["qosClass"] == quality


ONE = "spec.containers[0]"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"spec.containers": []}, ["spec.containers: Required value"]),
        ({f"{C}.name": ""}, [f"{ONE}.name: Required value"]),
        ({f"{C}.name": "a.b"}, [f'{ONE}.name: Invalid value: "a.b": must not contain dots']),
        ({f"{C}.name": "Web"}, [f"{ONE}.name: Invalid value: \"Web\": {RFC} (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"]),
        ({f"{C}.image": ""}, [f"{ONE}.image: Required value"]),
        ({f"{C}.image": " nginx"}, [f'{ONE}.image: Invalid value: " nginx": must not have leading or trailing whitespace']),
        ({f"{C}.imagePullPolicy": "Often"}, [f'{ONE}.imagePullPolicy: Unsupported value: "Often": supported values: "Always", "IfNotPresent", "Never"']),
        ({f"{C}.terminationMessagePolicy": "X"}, [f'{ONE}.terminationMessagePolicy: Unsupported value: "X": supported values: "File", "FallbackToLogsOnError"']),
        ({f"{C}.restartPolicy": "Always"}, [f"{ONE}.restartPolicy: Forbidden: may not be set for non-init containers"]),
        ({"spec.restartPolicy": "Sometimes"}, ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"']),
        ({"spec.dnsPolicy": "X"}, ['spec.dnsPolicy: Unsupported value: "X": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"']),
        ({"spec.dnsPolicy": "None"}, ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"]),
        ({"spec.dnsConfig": {"nameservers": ["a"]}}, ['spec.dnsConfig.nameservers[0]: Invalid value: "a": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']),
        ({"spec.activeDeadlineSeconds": 0}, ["spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"]),
        ({"spec.hostname": "a.b"}, ['spec.hostname: Invalid value: "a.b": must not contain dots']),
        ({"spec.dnsConfig": {"searches": [".", "a_b.example.", *(f"s{number}" for number in range(30))]}}, []),
        ({"spec.dnsConfig": {"nameservers": ["10.0.0.1"] * 4, "options": [{"value": "2"}]}},
         ['spec.dnsConfig.nameservers: Invalid value: []string{"10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.1"}: must not have more than 3 nameservers', "spec.dnsConfig.options[0]: Required value: must not be empty"]),
        ({"spec.hostAliases": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2", "hostnames": ["fine"]}]}, []),
        ({"spec.hostAliases": [{"ip": "x", "hostnames": ["ok"]}]}, ['spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']),
        ({"spec.ephemeralContainers": [{"name": "e", "image": "b"}]}, ["spec.ephemeralContainers: Forbidden: cannot be set on create"]),
        ({"spec.nodeName": "n", "spec.schedulingGates": [{"name": "a.b/c"}]}, ["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"]),
        ({"spec.preemptionPolicy": "X"}, ['spec.preemptionPolicy: Unsupported value: "X": supported values: "PreemptLowerPriority", "Never"']),
        ({"spec.os": {"name": "plan9"}}, ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"']),
        ({"spec.os": {"name": "windows"}, "spec.hostPID": True}, ["spec.hostPID: Forbidden: cannot be set for a windows pod"]),
        ({"spec.hostUsers": False, "spec.hostIPC": True}, ["spec.HostIPC: Forbidden: when `pod.Spec.HostUsers` is false"]),
        ({"metadata.annotations": {"controller.kubernetes.io/pod-deletion-cost": "+1"}}, ['metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+1": must be a 32bit integer']),
        ({"spec.overhead": {"cpu": "-1"}}, ['spec.overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0']),
    ],
)  # fmt: skip
def test_pods(changes: dict[str, Any], expected: list[str]) -> None:
    assert podhelp.errors(PODS, podhelp.patched(POD, changes)) == expected


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("ports", [{}], ["ports[0].containerPort: Required value"]),
        ("ports", [{"containerPort": 70000}], ["ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"]),
        ("ports", [{"containerPort": 80, "protocol": "IP"}], ['ports[0].protocol: Unsupported value: "IP": supported values: "SCTP", "TCP", "UDP"']),
        ("ports", [{"containerPort": 80, "name": "x"}, {"containerPort": 81, "name": "x"}], ['ports[1].name: Duplicate value: "x"']),
        ("ports", [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 80}], ['ports[1].hostPort: Duplicate value: "TCP//80"']),
        ("env", [{}], ["env[0].name: Required value"]),
        ("env", [{"name": "a=b"}], ["env[0].name: Invalid value: \"a=b\": a valid environment variable name must consist only of printable ASCII characters other than '='"]),
        ("env", [{"name": "a", "valueFrom": {}}], ['env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`']),
        ("env", [{"name": "a", "value": "b", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}], ['env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty']),
        ("env", [{"name": "a", "valueFrom": {"secretKeyRef": {"name": "s"}}}], ["env[0].valueFrom.secretKeyRef.key: Required value"]),
        ("env", [{"name": "a", "valueFrom": {"fieldRef": {"fieldPath": "spec.x"}}}], ['env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.x": error converting fieldPath: field label not supported: spec.x']),
        ("env", [{"name": "a", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels"}}}], ['env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"']),
        ("env", [{"name": "a", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}}], []),
        ("env", [{"name": "a", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1k"}}}], ["env[0].valueFrom.resourceFieldRef.divisor: Invalid value: \"limits.cpu\": only divisor's values 1m and 1 are supported with the cpu resource"]),
        ("envFrom", [{}], ['envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`']),
        ("envFrom", [{"configMapRef": {}}], ["envFrom[0].configMapRef.name: Required value"]),
        ("volumeMounts", [{"name": "x", "mountPath": "/x"}], ['volumeMounts[0].name: Not found: "x"']),
        ("livenessProbe", {}, ["livenessProbe: Required value: must specify a handler type"]),
        ("livenessProbe", {"httpGet": {"port": 80}, "exec": {"command": ["a"]}}, ["livenessProbe.httpGet: Forbidden: may not specify more than 1 handler type"]),
        ("livenessProbe", {**HANDLER, "successThreshold": 2}, ["livenessProbe.successThreshold: Invalid value: 2: must be 1"]),
        ("livenessProbe", {**HANDLER, "initialDelaySeconds": -1}, ["livenessProbe.initialDelaySeconds: Invalid value: -1: must be greater than or equal to 0"]),
        ("readinessProbe", {**HANDLER, "terminationGracePeriodSeconds": 5}, ["readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes"]),
        ("readinessProbe", {"exec": {}}, ["readinessProbe.exec.command: Required value"]),
        ("readinessProbe", {"tcpSocket": {"port": 0}}, ["readinessProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive"]),
        ("readinessProbe", {"httpGet": {"port": "80", "scheme": "FTP"}}, ['readinessProbe.httpGet.port: Invalid value: "80": must contain at least one letter (a-z)', 'readinessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"']),
        ("lifecycle", {"preStop": {"sleep": {"seconds": 31}}}, ["lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)"]),
        ("resources", {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}, ['resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1']),
        ("resources", {"limits": {"cpu": "-1"}, "requests": {}}, ['resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0', 'resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0']),
        ("resources", {"requests": {"foo": "1"}}, ['resources.requests[foo]: Invalid value: foo: must be a standard resource type or fully qualified', 'resources.requests[foo]: Invalid value: foo: must be a standard resource for containers']),
        ("resources", {"requests": {"nvidia.com/gpu": "1"}}, ["resources.limits: Required value: Limit must be set for non overcommitable resources"]),
        ("resources", {"limits": {"example.com/gpu": "1500m"}, "requests": {"example.com/gpu": "1500m"}},
         [f"resources.{field}[example.com/gpu]: Invalid value: resource.Quantity{{i:resource.int64Amount{{value:1500, scale:-3}}, d:resource.infDecAmount{{Dec:(*inf.Dec)(nil)}}, s:\"1500m\", Format:\"DecimalSI\"}}: must be an integer" for field in ("limits", "requests")]),
        ("resources", {"limits": {"example.com/-": "1"}},
         [text for field in ("limits", "requests") for text in (f'resources.{field}[example.com/-]: Invalid value: example.com/-: name part {NAME_PART}', f"resources.{field}[example.com/-]: Invalid value: example.com/-: doesn't follow extended resource name standard")]),
        ("resources", {"limits": {"hugepages-2Mi": "2Mi", "memory": "1Mi"}}, []),
        ("resources", {"limits": {"hugepages-2Mi": "2Mi"}}, ["resources: Forbidden: HugePages require cpu or memory"]),
        ("resources", {"limits": {"hugepages-2Mi": "3Mi", "cpu": "1"}}, ['resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi', 'resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi']),
        ("securityContext", {"runAsUser": -1}, ["securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive"]),
        ("securityContext", {"procMount": "Unmasked"}, ['securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`']),
        ("securityContext", {"seccompProfile": {"type": "Localhost"}}, ["securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost"]),
        ("securityContext", {"allowPrivilegeEscalation": False, "privileged": True}, ["securityContext: Invalid value: core.SecurityContext{AllowPrivilegeEscalation:false, Privileged:true}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true"]),
        ("resizePolicy", [{"resourceName": "disk", "restartPolicy": "NotRequired"}], ['resizePolicy: Unsupported value: disk: supported values: "cpu", "memory"']),
    ],
)  # fmt: skip
def test_containers(field: str, value: Any, expected: list[str]) -> None:
    found = podhelp.errors(PODS, podhelp.patched(POD, {f"{C}.{field}": value}))
    assert found == [f"{ONE}.{text}" for text in expected]


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({"name": "web", "image": "a"}, ['spec.initContainers[0].name: Duplicate value: "web"']),
        ({"name": "i", "image": "a", "livenessProbe": HANDLER}, ["spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always"]),
        ({"name": "i", "image": "a", "livenessProbe": HANDLER, "restartPolicy": "Always"}, []),
        ({"name": "i", "image": "a", "restartPolicy": "Never"}, ['spec.initContainers[0].restartPolicy: Unsupported value: "Never": supported values: "Always"']),
    ],
)  # fmt: skip
def test_init_containers(container: dict[str, Any], expected: list[str]) -> None:
    assert podhelp.errors(PODS, podhelp.patched(POD, {"spec.initContainers": [container]})) == expected


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        ({"emptyDir": {}}, ["spec.volumes[0].name: Required value"]),
        ({"name": "a", "emptyDir": {}, "hostPath": {"path": "/"}}, ["spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"]),
        ({"name": "a", "hostPath": {}}, ["spec.volumes[0].hostPath.path: Required value"]),
        ({"name": "a", "hostPath": {"path": "/a/../b", "type": "X"}}, ["spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'", 'spec.volumes[0].hostPath.type: Unsupported value: "X": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"']),
        ({"name": "a", "secret": {}}, ["spec.volumes[0].secret.secretName: Required value"]),
        ({"name": "a", "configMap": {"name": "c", "defaultMode": 512}}, ["spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive"]),
        ({"name": "a", "configMap": {"name": "c", "items": [{"key": "k", "path": "../p"}]}}, ["spec.volumes[0].configMap.items[0].path: Invalid value: \"../p\": must not contain '..'"]),
        ({"name": "a", "persistentVolumeClaim": {}}, ["spec.volumes[0].persistentVolumeClaim.claimName: Required value"]),
        ({"name": "a", "nfs": {"server": "s", "path": "x"}}, ['spec.volumes[0].nfs.path: Invalid value: "x": must be an absolute path']),
        ({"name": "a", "projected": {"sources": [{"secret": {"name": "s"}, "configMap": {"name": "c"}}]}}, ["spec.volumes[0].projected.sources[0]: Forbidden: may not specify more than 1 volume type per source"]),
        ({"name": "a", "projected": {"sources": [{"configMap": {"name": "c", "items": [{"key": "k", "path": "p"}, {"key": "l", "path": "p"}]}}]}}, ['spec.volumes[0].projected: Invalid value: "c": conflicting duplicate paths']),
        ({"name": "a", "downwardAPI": {"items": [{"path": "p"}]}}, ["spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required"]),
        ({"name": "a", "csi": {}}, ["spec.volumes[0].csi.driver: Required value"]),
        ({"name": "a", "ephemeral": {}}, ["spec.volumes[0].ephemeral.volumeClaimTemplate: Required value"]),
        ({"name": "a", "gcePersistentDisk": {"pdName": ""}}, ["spec.volumes[0].persistentDisk.pdName: Required value"]),
        ({"name": "a", "fc": {"targetWWNs": ["x"]}}, ["spec.volumes[0].fc.lun: Required value: lun is required if targetWWNs is specified"]),
    ],
)  # fmt: skip
def test_volumes(volume: dict[str, Any], expected: list[str]) -> None:
    found = podhelp.errors(PODS, podhelp.patched(POD, {"spec.volumes": [volume]}))
    assert [text for text in found if "RFC 1123" not in text] == expected


def test_volumes_of_one_name_and_mounts() -> None:
    volumes = [{"name": "a", "emptyDir": {}}, {"name": "a", "emptyDir": {}}]
    mounts = [{"name": "a", "mountPath": "/x"}, {"name": "a", "mountPath": "/x", "subPath": "/y", "mountPropagation": "Bidirectional"}]
    assert podhelp.errors(PODS, podhelp.patched(POD, {"spec.volumes": volumes, f"{C}.volumeMounts": mounts})) == [
        'spec.volumes[1].name: Duplicate value: "a"',
        f'{ONE}.volumeMounts[1].mountPath: Invalid value: "/x": must be unique',
        f'{ONE}.volumeMounts.subPath: Invalid value: "/y": must be a relative path',
        f"{ONE}.volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers",
    ]


TOLERATION = "spec.tolerations[0]"
SPREAD = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {}}
REQUIRED, PREFERRED = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"spec.tolerations": [{"operator": "Equal"}]}, [f'{TOLERATION}.operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"']),
        ({"spec.tolerations": [{"key": "a", "tolerationSeconds": 1}]}, [f"{TOLERATION}.effect: Invalid value: \"\": effect must be 'NoExecute' when `tolerationSeconds` is set"]),
        ({"spec.tolerations": [{"key": "a", "operator": "Exists", "value": "b"}]}, [f"{TOLERATION}.operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'"]),
        ({"spec.tolerations": [{"key": "a", "operator": "Near"}]}, [f'{TOLERATION}.operator: Unsupported value: "Near": supported values: "Equal", "Exists"']),
        ({"spec.tolerations": [{"key": "a", "effect": "Never"}]}, [f'{TOLERATION}.effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"']),
        ({"spec.topologySpreadConstraints": [SPREAD]}, []),
        ({"spec.topologySpreadConstraints": [SPREAD | {"maxSkew": 0}]}, ["spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero"]),
        ({"spec.topologySpreadConstraints": [SPREAD, SPREAD]}, ['spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"']),
        ({"spec.topologySpreadConstraints": [SPREAD | {"whenUnsatisfiable": "ScheduleAnyway", "minDomains": 2}]}, ["spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway"]),
        ({f"spec.affinity.nodeAffinity.{REQUIRED}": {}}, [f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms: Required value: must have at least one node selector term"]),
        ({f"spec.affinity.nodeAffinity.{REQUIRED}": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Gt"}]}]}}, [f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'"]),
        ({f"spec.affinity.podAffinity.{REQUIRED}": [{"topologyKey": "zone", "namespaces": ["a.b"]}]}, [f'spec.affinity.podAffinity.{REQUIRED}[0].namespace: Invalid value: "a.b": must not contain dots']),
        ({"spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 0, "podAffinityTerm": {"topologyKey": "zone"}}]}, ["spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100"]),
        ({"spec.schedulingGates": [{"name": "a"}, {"name": "a"}]}, ['spec.schedulingGates[1]: Duplicate value: "a"']),
    ],
)  # fmt: skip
def test_placement(changes: dict[str, Any], expected: list[str]) -> None:
    assert podhelp.errors(PODS, podhelp.patched(POD, changes)) == expected


def test_pod_security() -> None:
    changes = {"spec.securityContext": {"fsGroup": -1, "fsGroupChangePolicy": "X", "sysctls": [{"name": "net.a"}, {"name": "net.a"}]}}
    assert podhelp.errors(PODS, podhelp.patched(POD, changes | {"spec.hostNetwork": True})) == [
        "spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive",
        "spec.securityContext.sysctls[0].name: Invalid value: \"net.a\": may not be specified when 'hostNetwork' is true",
        'spec.securityContext.sysctls[1].name: Duplicate value: "net.a"',
        "spec.securityContext.sysctls[1].name: Invalid value: \"net.a\": may not be specified when 'hostNetwork' is true",
        'spec.securityContext.fsGroupChangePolicy: Unsupported value: "X": supported values: "Always", "OnRootMismatch"',
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"metadata.name": "a.b"}, ["metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]"]),
        ({f"{C}.env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}, ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply']),
        ({f"{C}.env": [{"name": "A", "value": "1"}, {"name": "A", "value": "$(A)2"}]}, []),
        ({f"{C}.ports": [{"containerPort": 80}, {"containerPort": 80}]}, ["spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]"]),
        ({f"{C}.resources": {"limits": {"memory": "500m"}}}, ['spec.containers[0].resources.limits[memory]: fractional byte value "500m" is invalid, must be an integer', 'spec.containers[0].resources.requests[memory]: fractional byte value "500m" is invalid, must be an integer']),
        ({"spec.nodeSelector": {"beta.kubernetes.io/os": "linux"}}, ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead']),
        ({"spec.imagePullSecrets": [{"name": "a"}, {"name": "a"}]}, ['spec.imagePullSecrets[1].name: duplicate name "a"']),
        ({"metadata.annotations": {"scheduler.alpha.kubernetes.io/critical-pod": ""}}, ['metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead']),
        ({f"{C}.ports": [{"containerPort": 80, "name": "a"}, {"containerPort": 81, "name": "a"}]}, ['spec.containers[0].ports[1]: duplicate port name "a" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0]']),
        ({"spec.hostAliases": [{"ip": "FD00::1"}]}, ['spec.hostAliases[0].ip: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")']),
        ({"spec.dnsConfig": {"nameservers": ["010.0.0.1"]}}, ['spec.dnsConfig.nameservers[0]: non-standard IP address "010.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"']),
        ({f"spec.affinity.nodeAffinity.{PREFERRED}": [{"weight": 1, "preference": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["-"]}]}}]}, [f"spec.affinity.nodeAffinity.{PREFERRED}[0].preference.matchExpressions[0].values[0]: - is invalid, {LABEL_VALUE}"]),
        ({"spec.volumes": [{"name": "v", "configMap": {"name": "c", "items": [{"key": "a", "path": "x/"}, {"key": "b", "path": "x/y"}]}}]}, ['volume "v" (ConfigMap "c"): overlapping paths: "x/y" with "x"']),
        ({"spec.volumes": [{"name": "v", "projected": {"sources": [{}, {"secret": {"name": "s", "items": [{"key": "a", "path": "x"}]}}, {"downwardAPI": {"items": [{"path": "x", "fieldRef": {"fieldPath": "metadata.name"}}]}}]}}]}, ['volume "v" (Projected) has no sources provided', 'volume "v" (Projected): overlapping paths: "x" (DownwardAPI) with "x" (Secret "s")']),
        ({"spec.volumes": [{"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1500m"}}}}}}]}, ['spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer']),
        ({"spec.terminationGracePeriodSeconds": -1}, ["spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"]),
    ],
)  # fmt: skip
def test_warnings(changes: dict[str, Any], expected: list[str]) -> None:
    assert PODS.warnings(podhelp.created(PODS, podhelp.patched(POD, changes)), None) == expected


def test_fields_and_indexes() -> None:
    pod = podhelp.created(PODS, podhelp.patched(POD, {"spec.nodeName": "n1"}))
    pod["status"]["podIPs"] = [{"ip": "10.0.0.1"}]
    assert PODS.fields(pod) == {
        "spec.nodeName": "n1",
        "spec.restartPolicy": "Always",
        "spec.schedulerName": "default-scheduler",
        "spec.serviceAccountName": "",
        "spec.hostNetwork": "false",
        "status.phase": "Pending",
        "status.podIP": "10.0.0.1",
        "status.podIPs": "10.0.0.1",
        "status.nominatedNodeName": "",
    }
    assert list(PODS.indexes(pod)) == [("node", "n1")]
    assert PODS.labels_indexed


def test_label_keys_of_affinity_become_expressions() -> None:
    term = {"topologyKey": "zone", "labelSelector": {}, "matchLabelKeys": ["app"], "mismatchLabelKeys": ["none"]}
    spec = spec_of({f"spec.affinity.podAffinity.{REQUIRED}": [term]})
    assert spec["affinity"]["podAffinity"][REQUIRED][0]["labelSelector"] == {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}


def test_gated_pods_say_so() -> None:
    pod = podhelp.created(PODS, podhelp.patched(POD, {"spec.schedulingGates": [{"name": "a"}]}))
    (condition,) = pod["status"]["conditions"]
    assert (condition["type"], condition["status"], condition["reason"]) == ("PodScheduled", "False", "SchedulingGated")


def test_names_in_host_aliases() -> None:
    (found,) = podhelp.errors(PODS, podhelp.patched(POD, {"spec.hostAliases": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2", "hostnames": ["fine", "-"]}]}))
    assert found.startswith('spec.hostAliases[1].hostnames[1]: Invalid value: "-": a lowercase RFC 1123 subdomain must consist of')


def test_too_long_lists_of_where_to_search() -> None:
    for searches, text in ((["a"] * 33, "must not have more than 32 search paths"),
                           (["a" * 50 + "." + "b" * 50] * 21, "must not have more than 2048 characters (including spaces) in the search list")):  # fmt: skip
        (found,) = podhelp.errors(PODS, podhelp.patched(POD, {"spec.dnsConfig": {"searches": searches}}))
        assert found.startswith("spec.dnsConfig.searches: Invalid value: []string{") and found.endswith(text)
