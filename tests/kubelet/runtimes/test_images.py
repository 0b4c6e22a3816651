"""Images by pull policy, in the kubelet's words."""

import re

import pytest

from minikube_py.kubelet.engines.api import Credentials, Image
from minikube_py.kubelet.runtime import RuntimeFailure
from tests.kubelet.runtimes.conftest import Rig, pod
from tests.kubelet.runtimes.test_translate import SECRET_OBJECT


def pull(rig: Rig, image: str, policy: str = "IfNotPresent", secrets: tuple[object, ...] = ()) -> str:
    return rig.runtime.pull_image(image, pod(containers=[{"name": "a", "image": image, "imagePullPolicy": policy}]), "a", secrets)


def test_what_is_there_is_not_pulled(rig: Rig) -> None:
    assert pull(rig, "busybox") == 'Container image "busybox" already present on machine'
    assert pull(rig, "busybox", "Never") == 'Container image "busybox" already present on machine'
    assert rig.engine.pulls == []


def test_what_is_pulled(rig: Rig) -> None:
    rig.engine.registry["x:1"] = Image("sha256:x", [], size=42)
    told = []
    rig.runtime.images.progress = lambda *news: told.append(news)
    assert re.fullmatch(r'Successfully pulled image "x:1" in \d+m?s \(\d+m?s including waiting\)\. Image size: 42 bytes\.', pull(rig, "x:1", "Always"))
    assert (told, rig.engine.pulls) == ([("x:1", "layer", 1, 2)], [("x:1", None)])


@pytest.mark.parametrize(("image", "policy", "reason", "text"), [
    ("none", "Never", "ErrImageNeverPull", 'Container image "none" is not present with pull policy of Never'),
    ("none", "IfNotPresent", "ErrImagePull", "manifest for none not found"),
    ("--x", "Always", "InvalidImageName", 'Failed to apply default image tag "--x": couldn\'t parse image name "--x": invalid reference format'),
    ("0a" * 32, "Always", "InvalidImageName", f'Failed to apply default image tag "{"0a" * 32}": couldn\'t parse image name "{"0a" * 32}": '
                                              f"invalid repository name ({'0a' * 32}), cannot specify 64-byte hexadecimal strings"),
    ("a/" + "b" * 254, "Never", "InvalidImageName", f'Failed to apply default image tag "a/{"b" * 254}": couldn\'t parse image name "a/{"b" * 254}": '
                                                    "repository name must not be more than 255 characters"),
    ("a b", "Always", "InvalidImageName", 'Failed to apply default image tag "a b": couldn\'t parse image name "a b": invalid reference format'),
])  # fmt: skip
def test_what_cannot_be_had(rig: Rig, image: str, policy: str, reason: str, text: str) -> None:
    with pytest.raises(RuntimeFailure) as refused:
        pull(rig, image, policy)
    assert (refused.value.reason, str(refused.value)) == (reason, text)


def test_pull_secrets_are_tried_before_the_engines_own(rig: Rig) -> None:
    rig.engine.registry["reg:5000/team/private"] = Image("sha256:x", [], size=1)
    pull(rig, "reg:5000/team/private", "Always", (SECRET_OBJECT,))
    assert rig.engine.pulls == [("reg:5000/team/private", Credentials("u", "p"))]
    with pytest.raises(RuntimeFailure, match="not found") as refused:
        pull(rig, "reg:5000/other/private", "Always", (SECRET_OBJECT,))
    assert "p" not in str(refused.value).replace("private", "")
