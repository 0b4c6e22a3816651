"""kctl logs, as transcripts."""

import json

import pytest

from minikube_py.testing import Kctl
from tests.cli.commands.web import Web

SAYS = {
    "setup": "dry run: container setup (busybox) was not started, so it has no log\n",
    "web": "dry run: container web (nginx) was not started, so it has no log\n",
    "proxy": "dry run: container proxy (envoy) was not started, so it has no log\n",
}
DEFAULTED = 'Defaulted container "web" out of: web, proxy, setup (init)\n'


def test_a_pod(web: Web) -> None:
    assert web.result(f"logs {web.pods[0]}") == (0, SAYS["web"], DEFAULTED)
    assert web(f"logs {web.pods[0]} -c proxy") == SAYS["proxy"]
    assert web(f"logs pod/{web.pods[0]} setup") == SAYS["setup"]


def test_something_that_has_pods(web: Web) -> None:
    code, out, err = web.result("logs deploy/web")
    assert (code, out) == (0, SAYS["web"])
    assert err in [f"Found 3 pods, using pod/{name}\n{DEFAULTED}" for name in web.pods]
    assert web("logs svc/kube-dns -n kube-system").startswith("dry run: container coredns (")


def test_all_containers_and_all_pods(web: Web) -> None:
    assert web(f"logs {web.pods[0]} --all-containers") == SAYS["setup"] + SAYS["web"] + SAYS["proxy"]
    lines = web("logs deploy/web --all-pods").splitlines(keepends=True)
    assert sorted(lines) == [f"[pod/{name}/web] {SAYS['web']}" for name in web.pods]


def test_a_selector_and_prefixes(web: Web) -> None:
    assert web("logs -l app=web -c proxy --prefix") == "".join(f"[pod/{name}/proxy] {SAYS['proxy']}" for name in web.pods)
    assert web.result("logs -l app=none") == (0, "", "No resources found in default namespace.\n")


def test_how_much_is_shown(web: Web) -> None:
    one = f"logs {web.pods[0]} -c web"
    assert web(f"{one} --tail=1") == web(f"{one} --tail=-1") == web(f"{one} -f") == web(f"{one} --since=1m") == SAYS["web"]
    assert web(f"{one} --tail=0") == ""
    assert web(f"{one} --limit-bytes=7") == "dry run"
    assert web(f"{one} --timestamps") == "2026-01-01T00:00:00.000000Z " + SAYS["web"]
    assert web(f"{one} --since-time=2026-01-01T00:00:00Z") == SAYS["web"]
    assert web(f"{one} --since-time=2027-01-01T00:00:00Z") == ""


def test_the_default_container_annotation(kctl: Kctl) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "two", "annotations": {"kubectl.kubernetes.io/default-container": "b"}},
           "spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "x"}]}}  # fmt: skip
    kctl("create -f -", json.dumps(pod))
    assert kctl("logs two") == "dry run: container b (x) was not started, so it has no log\n"
    pod["metadata"] = {"name": "three", "annotations": {"kubectl.kubernetes.io/default-container": "c"}}
    kctl("create -f -", json.dumps(pod))
    assert kctl.result("logs three")[2] == 'Default container name "c" not found in pod three\nDefaulted container "a" out of: a, b\n'


def test_a_container_that_waits(kctl: Kctl) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "broken", "annotations": {"kctl.dev/dryrun-image-pull-error": "*"}},
           "spec": {"containers": [{"name": "a", "image": "x"}]}}  # fmt: skip
    kctl("create -f -", json.dumps(pod))
    code, out, err = kctl.result("logs broken")
    assert (code, out) == (1, "")
    assert err in [f'Error from server (BadRequest): container "a" in pod "broken" is waiting to start: {why}\n'
                   for why in ("image can't be pulled", "trying and failing to pull image")]  # fmt: skip
    assert kctl("logs broken --ignore-errors").startswith('error: container "a" in pod "broken" is waiting to start: ')


def test_a_pod_without_a_node(kctl: Kctl) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "big"},
           "spec": {"nodeSelector": {"no": "such"}, "containers": [{"name": "a", "image": "x"}]}}  # fmt: skip
    kctl("create -f -", json.dumps(pod))
    assert kctl.result("logs big") == (1, "", "Error from server (BadRequest): pod big does not have a host assigned\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("logs", "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\n"
                 "See 'kctl logs -h' for help and examples"),
        ("logs a b c", "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs "
                       "command\nSee 'kctl logs -h' for help and examples"),
        ("logs x -l a=b", "error: only a selector (-l) or a POD name is allowed\nSee 'kctl logs -h' for help and examples"),
        ("logs x", 'error: error from server (NotFound): pods "x" not found in namespace "default"'),
        ("logs deploy/x", 'error: error from server (NotFound): deployments.apps "x" not found in namespace "default"'),
        ("logs node/minikube", "error: cannot get the logs from *v1.Node: selector for *v1.Node not implemented"),
        ("logs svc/kubernetes", "error: cannot get the logs from *v1.Service: invalid service 'kubernetes': Service is defined without a selector"),
        ("logs POD -c web --all-containers", "error: --all-containers=true should not be specified with container name web"),
        ("logs POD web -c web", "error: only one of -c or an inline [CONTAINER] arg is allowed"),
        ("logs POD --limit-bytes=-1", "error: --limit-bytes must be greater than 0"),
        ("logs POD --since=-1s", "error: --since must be greater than 0"),
        ("logs POD -c web --since=400ms", 'The PodLogOptions "POD" is invalid: sinceSeconds: Invalid value: 0: must be greater than 0'),
        ("logs POD --tail=-2", "error: --tail must be greater than or equal to -1"),
        ("logs POD --since=1s --since-time=2026-01-01T00:00:00Z", "error: at most one of `sinceTime` or `sinceSeconds` may be specified"),
        ("logs POD --since-time=x", 'error: parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'),
        ("logs POD --tail=x", 'error: invalid argument "x" for "--tail" flag: strconv.ParseInt: parsing "x": invalid syntax\n'
                              "See 'kctl logs --help' for usage."),
        ("logs POD --pod-running-timeout=0s", "error: --pod-running-timeout must be higher than zero"),
        ("logs POD -c nope", "error: container nope is not valid for pod POD"),
        ("logs POD -c web -p", 'Error from server (BadRequest): previous terminated container "web" in pod "POD" not found'),
        ("logs -l app=web --all-containers -f", "error: you are attempting to follow 9 log streams, but maximum allowed concurrency is 5, "
                                                "use --max-log-requests to increase the limit"),
    ],
)  # fmt: skip
def test_refusals(web: Web, line: str, message: str) -> None:
    assert web.result(line.replace("POD", web.pods[0], 1) if line.startswith("logs POD") else line) == (
        1, "", (message.replace("pod POD", f"pod {web.pods[0]}").replace('"POD"', f'"{web.pods[0]}"')) + "\n"
    )  # fmt: skip


def test_waiting_for_a_pod(web: Web) -> None:
    web("create deployment empty --image=x --replicas=0")
    assert web.result("logs deploy/empty --pod-running-timeout=1ms") == (1, "", "error: timed out waiting for the condition\n")
    web("delete deployment empty")
