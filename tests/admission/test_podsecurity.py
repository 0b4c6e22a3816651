"""The Pod Security Standards: every check, what namespaces ask for, refusals, warnings and notes for the audit log."""

from typing import Any

import pytest

from minikube_py.admission import podsecuritychecks, podsecuritylevels
from minikube_py.admission.podsecuritylevels import Level, Policy
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from tests.apiserver.test_audit import Log
from tests.apiserver.world import World, obj, pod

LABEL = podsecuritylevels.PREFIX
GOOD = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def spec(context: Any = None, pod_context: Any = None, **fields: Any) -> dict[str, Any]:
    container = {"name": "c", "image": "i"} | ({"securityContext": context} if context is not None else {})
    return {"containers": [container]} | ({"securityContext": pod_context} if pod_context is not None else {}) | fields


def told(level: str, pod_spec: Any, minor: int = 99, annotations: dict[str, str] | None = None) -> str:
    return ", ".join(map(str, podsecuritychecks.findings(level, minor, annotations or {}, pod_spec)))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (spec(), ""),
        (spec({"capabilities": {"add": ["SYS_ADMIN", "NET_RAW", "CHOWN"]}}),
         'non-default capabilities (container "c" must not include "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)'),
        (spec(hostNetwork=True, hostIPC=True), "host namespaces (hostNetwork=true, hostIPC=true)"),
        (spec(volumes=[{"name": "a", "hostPath": {"path": "/"}}, {"name": "b", "hostPath": {"path": "/"}}]), 'hostPath volumes (volumes "a", "b")'),
        (spec({"privileged": True}), 'privileged (container "c" must not set securityContext.privileged=true)'),
        (spec({"procMount": "Unmasked"}), 'procMount (container "c" must not set securityContext.procMount to "Unmasked")'),
        (spec({"seLinuxOptions": {"type": "bad_t", "user": "u"}}, {"seLinuxOptions": {"role": "r"}}),
         'seLinuxOptions (pod and container "c" set forbidden securityContext.seLinuxOptions: type "bad_t"; user may not be set; role may not be set)'),
        (spec({"seccompProfile": {"type": "Unconfined"}}, {"seccompProfile": {"type": "Unconfined"}}),
         'seccompProfile (pod and container "c" must not set securityContext.seccompProfile.type to "Unconfined")'),
        (spec(None, {"sysctls": [{"name": "kernel.msgmax"}, {"name": "net.ipv4.tcp_rmem"}]}), "forbidden sysctls (kernel.msgmax)"),
        (spec(None, {"windowsOptions": {"hostProcess": True}}), "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)"),
        (spec({"appArmorProfile": {"type": "Unconfined"}}),
         'forbidden AppArmor profile (container "c" must not set AppArmor profile type to "Unconfined")'),
        ({"containers": [{"name": "a", "ports": [{"hostPort": 80}, {"hostPort": 8080}]}, {"name": "b", "ports": [{"hostPort": 80}]}]},
         'hostPort (containers "a", "b" use hostPorts 80, 8080)'),
        ({"containers": [{"name": "a", "ports": [{"containerPort": 80, "hostPort": 0}, {"hostPort": 80}]}]}, 'hostPort (container "a" uses hostPort 80)'),
    ],
)  # fmt: skip
def test_baseline(given: Any, text: str) -> None:
    assert told("baseline", given) == text
    assert told("privileged", given) == ""


def test_baseline_looks_at_annotations() -> None:
    key = "container.apparmor.security.beta.kubernetes.io/c"
    assert told("baseline", spec(), 99, {key: "unconfined"}) == (
        f'forbidden AppArmor profile (annotation must not set AppArmor profile type to "{key}="unconfined"")')  # fmt: skip
    assert told("baseline", spec(), 99, {key: "localhost/x"}) == ""
    assert told("baseline", spec(), 18, {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"}) == (
        'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")')  # fmt: skip
    assert told("baseline", spec(), 19, {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"}) == ""


def test_versions_of_the_baseline() -> None:
    engine = spec({"seLinuxOptions": {"type": "container_engine_t"}})
    assert (told("baseline", engine, 31), bool(told("baseline", engine, 30))) == ("", True)
    sysctl = spec(None, {"sysctls": [{"name": "net.ipv4.tcp_fin_timeout"}]})
    assert (told("baseline", sysctl, 29), told("baseline", sysctl, 28)) == ("", "forbidden sysctls (net.ipv4.tcp_fin_timeout)")


ALL = (
    'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), '
    'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), '
    'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), '
    'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'
)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (spec(), ALL),
        (spec(GOOD), ""),
        (spec({**GOOD, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}), ""),
        (spec({**GOOD, "capabilities": {"drop": ["CHOWN"], "add": ["CHOWN"]}}),
         'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]; '
         'container "c" must not include "CHOWN" in securityContext.capabilities.add)'),
        (spec(GOOD, volumes=[{"name": "a", "hostPath": {"path": "/"}}, {"name": "b", "nfs": {"path": "/"}}, {"name": "c", "emptyDir": {}}]),
         'restricted volume types (volumes "a", "b" use restricted volume types "hostPath", "nfs")'),
        (spec({**GOOD, "runAsNonRoot": False}, {"runAsNonRoot": False}),
         'runAsNonRoot != true (pod and container "c" must not set securityContext.runAsNonRoot=false)'),
        (spec({**GOOD, "runAsUser": 0}), 'runAsUser=0 (container "c" must not set runAsUser=0)'),
        (spec({**GOOD, "seccompProfile": {"type": "Unconfined"}}),
         'seccompProfile (container "c" must not set securityContext.seccompProfile.type to "Unconfined")'),
        (spec({**GOOD, "privileged": True}), 'privileged (container "c" must not set securityContext.privileged=true)'),
        (spec({"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
              {"runAsNonRoot": True, "seccompProfile": {"type": "Localhost"}}), ""),
    ],
)  # fmt: skip
def test_restricted(given: Any, text: str) -> None:
    assert told("restricted", given) == text


def test_versions_of_what_is_restricted() -> None:
    windows = spec({"runAsNonRoot": True}, os={"name": "windows"})
    assert told("restricted", windows) == ""
    assert told("restricted", windows, 24).startswith("allowPrivilegeEscalation != false")
    assert told("restricted", spec(), 7) == 'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)'
    assert told("restricted", spec({**GOOD, "runAsUser": 0}), 22) == ""
    assert "non-default capabilities" in told("restricted", spec({"capabilities": {"add": ["NET_RAW"]}}), 21)


@pytest.mark.parametrize(
    ("labels", "policy"),
    [
        ({}, Policy()),
        ({"enforce": "baseline"}, Policy(Level("baseline"), Level(), Level("baseline"))),
        ({"enforce": "baseline", "enforce-version": "v1.20"}, Policy(Level("baseline", "v1.20"), Level(), Level("baseline", "v1.20"))),
        ({"enforce": "baseline", "warn": "privileged", "audit": "restricted"}, Policy(Level("baseline"), Level("restricted"), Level())),
        ({"enforce": "restricted", "warn-version": "v1.22"}, Policy(Level("restricted"), Level(), Level("restricted", "v1.22"))),
    ],
)
def test_labels(labels: dict[str, str], policy: Policy) -> None:
    assert podsecuritylevels.of({LABEL + key: value for key, value in labels.items()}) == (policy, [])


def test_labels_that_cannot_be_read() -> None:
    policy, wrong = podsecuritylevels.of({LABEL + "enforce": "x", LABEL + "audit": "y", LABEL + "warn-version": "1.2"})
    assert policy == Policy(Level("restricted"), Level(), Level())
    assert [str(one) for one in wrong] == [
        'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "x": must be one of privileged, baseline, restricted',
        'metadata.labels[pod-security.kubernetes.io/audit]: Invalid value: "y": must be one of privileged, baseline, restricted',
        'metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.2": must be "latest" or "v1.x"',
    ]


@pytest.fixture
def world() -> World:
    return World()


def labelled(world: World, **labels: str) -> tuple[str, ...]:
    """Label the namespace default; return the warnings."""
    found = world.raw("namespaces", "default")
    assert found is not None
    given = {LABEL + key.replace("_", "-"): value for key, value in labels.items()}
    body = {**found, "metadata": {**found["metadata"], "labels": given}}
    return tuple(world.send("update", "namespaces", "default", body).warnings)


def plain(name: str = "web", **fields: Any) -> Object:
    return pod(name, spec={"containers": [{"name": "c", "image": "i"}]}, **fields)


def test_pods_are_refused(world: World) -> None:
    labelled(world, enforce="restricted", warn="restricted")
    with pytest.raises(errors.Forbidden) as refused:
        world.client().create(plain())
    assert refused.value.message == f'pods "web" is forbidden: violates PodSecurity "restricted:latest": {ALL}'
    assert refused.value.details == {"name": "web", "kind": "pods"}
    world.client().create(pod(spec={"containers": [{"name": "c", "image": "i", "securityContext": GOOD}]}))


def test_users_are_warned(world: World) -> None:
    labelled(world, enforce="baseline", warn="restricted", warn_version="v1.30")
    template: Object = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    warning = f'would violate PodSecurity "restricted:v1.30": {ALL}'
    assert world.send("create", "pods", body=plain()).warnings == (warning,)
    body = obj("Deployment", "web", api="apps/v1", spec={"selector": {"matchLabels": {"a": "b"}}, "template": template})
    assert world.send("create", "deployments.apps", body=body).warnings == (warning,)
    job = {"template": {"spec": {**template["spec"], "restartPolicy": "Never", "hostPID": True}}}
    body = obj("CronJob", "web", api="batch/v1", spec={"schedule": "* * * * *", "jobTemplate": {"spec": job}})
    assert world.send("create", "cronjobs.batch", body=body).warnings == (
        f'would violate PodSecurity "restricted:v1.30": host namespaces (hostPID=true), {ALL}',)  # fmt: skip


def test_only_new_images_are_looked_at(world: World) -> None:
    made = world.client().create(plain())
    labelled(world, enforce="restricted")
    made["metadata"]["labels"] = {"a": "b"}
    made = world.client().update(made)
    made["spec"]["containers"][0]["image"] = "other"
    with pytest.raises(errors.Forbidden, match='pods "web" is forbidden: violates PodSecurity "restricted:latest"'):
        world.client().update(made)


def test_labels_of_namespaces_are_checked(world: World) -> None:
    with pytest.raises(errors.Invalid) as refused:
        labelled(world, enforce="strict")
    assert refused.value.message == (
        'Namespace "default" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": '
        "must be one of privileged, baseline, restricted")  # fmt: skip
    body = obj("Namespace", "new", space="", labels={LABEL + "warn-version": "1.20"})
    with pytest.raises(errors.Invalid, match='Namespace "new" is invalid: .*must be "latest" or "v1.x"'):
        world.client().create(body)


def test_pods_that_are_there_are_named(world: World) -> None:
    for name in ("b", "a", "c"):
        world.client().create(plain(name))
    world.client().create(pod("host", spec={"containers": [{"name": "c", "image": "i"}], "hostNetwork": True}))
    reasons = "allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile"
    assert labelled(world, enforce="restricted") == (
        'existing pods in namespace "default" violate the new PodSecurity enforce level "restricted:latest"',
        f"a (and 2 other pods): {reasons}",
        f"host: host namespaces, {reasons}",
    )
    assert labelled(world, enforce="baseline") == ()  # not stricter than before
    assert labelled(world, enforce="privileged") == ()


def test_notes_for_the_audit_log(world: World) -> None:
    log = Log(world, {"level": "Metadata", "omitStages": ["RequestReceived"]})

    def noted() -> dict[str, str]:
        notes = log.take()[-1]["annotations"]
        return {key.removeprefix(LABEL): value for key, value in notes.items() if key.startswith(LABEL)}

    world.client().create(plain("a"))
    assert noted() == {"enforce-policy": "privileged:latest"}
    labelled(world, enforce="baseline", audit="restricted")
    world.client().create(plain("b"))
    violations = {"audit-violations": f'would violate PodSecurity "restricted:latest": {ALL}'}
    assert noted() == {"enforce-policy": "baseline:latest", **violations}
    with pytest.raises(errors.Forbidden):
        world.client().create(pod("c", spec={"containers": [{"name": "c", "image": "i"}], "hostPID": True}))
    assert noted()["enforce-policy"] == "baseline:latest"
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    world.client().create(obj("Deployment", "web", api="apps/v1", spec={"selector": {"matchLabels": {"a": "b"}}, "template": template}))
    assert noted() == violations
