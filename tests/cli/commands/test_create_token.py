"""kctl create token: prints a token, which the apiserver takes."""

import io
import json

import pytest

from minikube_py.cli import main
from minikube_py.cli.factory import Streams
from minikube_py.cluster.pki import ISSUER
from minikube_py.kits import jwt
from minikube_py.plugin.auth import Credentials
from minikube_py.testing import START, Kctl

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: held}\n"


def test_a_token_and_nothing_else(kctl: Kctl) -> None:
    token = kctl("create token default")
    assert "\n" not in token
    assert kctl.cluster.server.policy.authenticate(Credentials(bearer_token=token)).name == "system:serviceaccount:default:default"
    assert jwt.peek(token)["exp"] == START + 3600


def test_a_line_on_a_terminal(kctl: Kctl) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    code = main.run(["create", "token", "default"], streams=Streams(io.StringIO(), out, io.StringIO()), environment={}, cluster=kctl.cluster)
    assert (code, out.getvalue().count("\n"), out.getvalue()[-1]) == (0, 1, "\n")


def test_what_it_is_for(kctl: Kctl) -> None:
    kctl("create -f -", SECRET)
    line = "create token default --audience a,b --audience=c --duration 10m --bound-object-kind Secret --bound-object-name held -o json"
    made = json.loads(kctl(line))
    claims = jwt.peek(made["status"]["token"])
    assert (claims["aud"], claims["exp"]) == (["a,b", "c"], START + 600)
    assert claims["kubernetes.io"]["secret"]["name"] == "held"
    assert made["spec"] == {"audiences": ["a,b", "c"], "boundObjectRef": {"apiVersion": "v1", "kind": "Secret", "name": "held"}, "expirationSeconds": 600}
    assert kctl("create token default -o name") == "tokenrequest.authentication.k8s.io/default\n"
    assert kctl("create token default -n kube-system -o jsonpath={.metadata.namespace}/{.spec.audiences}") == f'kube-system/["{ISSUER}"]'


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("", "exactly one NAME is required, got 0\nSee 'kctl create token -h' for help and examples"),
        ("a b", "exactly one NAME is required, got 2\nSee 'kctl create token -h' for help and examples"),
        ("''", "service account name is required"),
        ("a --duration=-1s", "--duration must be greater than or equal to 0"),
        ("a --duration=1500ms", "--duration cannot be expressed in units less than seconds"),
        ("a --audience=", "--audience must not be an empty string"),
        ("a --bound-object-name=x", "--bound-object-name can only be set if --bound-object-kind is provided"),
        ("a --bound-object-uid=x", "--bound-object-uid can only be set if --bound-object-kind is provided"),
        ("a --bound-object-kind=x", "supported --bound-object-kind values are Node, Pod, Secret"),
        ("a --bound-object-kind=Pod", "--bound-object-name is required if --bound-object-kind is provided"),
        ("a", 'failed to create token: serviceaccounts "a" not found'),
        ("default --bound-object-kind=Pod --bound-object-name=x", 'failed to create token: pods "x" not found'),
        ("default --duration 1m", 'failed to create token: TokenRequest.authentication.k8s.io "" is invalid: '
         "spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes"),
    ],
)  # fmt: skip
def test_what_makes_no_sense(kctl: Kctl, line: str, error: str) -> None:
    assert kctl.result(f"create token {line}") == (1, "", f"error: {error}\n")
