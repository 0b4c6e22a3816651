"""plugins/require-team: Deployments without a label are refused, with it their pods carry it."""

import json
from collections.abc import Callable

from tests.plugins.conftest import Machine, Outcome

REFUSAL = 'deployments.apps "web" is forbidden: label team is missing: say who is to be called when it breaks'


def deployment(**labels: str) -> str:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": labels}, "spec": spec})


def test_deployment_without_team_is_refused(installed: Callable[[str], Machine]) -> None:
    machine = installed("require-team")
    assert machine.result("create", "-f", "-", stdin=deployment()) == \
        Outcome(1, "", f'Error from server (Forbidden): error when creating "STDIN": {REFUSAL}\n')  # fmt: skip
    assert machine.result("create", "deployment", "web", "--image=nginx") == \
        Outcome(1, "", f"error: failed to create deployment: {REFUSAL}\n")  # fmt: skip
    assert machine.result("get", "deployments,pods") == Outcome(0, "", "No resources found in default namespace.\n")


def test_pods_of_a_deployment_carry_its_team(installed: Callable[[str], Machine]) -> None:
    machine = installed("require-team")
    assert machine.kctl("apply", "-f", "-", stdin=deployment(team="garden")) == "deployment.apps/web created\n"
    assert machine.kctl("get", "pods", "-o", "jsonpath={.items[*].metadata.labels.team}") == "garden garden"
    refused = machine.result("label", "deployment", "web", "team-")
    assert (refused.code, refused.err) == (1, f"Error from server (Forbidden): {REFUSAL}\n")


def test_what_kctl_itself_needs_is_let_through(installed: Callable[[str], Machine]) -> None:
    machine = installed("require-team")
    assert machine.kctl("get", "deployments", "-n", "kube-system", "-o", "name") == "deployment.apps/coredns\n"


def test_without_the_plugin_nothing_is_asked(installed: Callable[[str], Machine]) -> None:
    machine = installed("require-team")
    assert machine.result("create", "-f", "-", stdin=deployment()).code == 1
    machine.uninstall("kctl_require_team")
    assert machine.kctl("create", "-f", "-", stdin=deployment()) == "deployment.apps/web created\n"
    assert machine.kctl("get", "pods", "-o", "jsonpath={.items[*].metadata.labels.team}") == ""
