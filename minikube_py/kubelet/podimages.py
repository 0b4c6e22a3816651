"""The images of one pod's containers: asked for by policy, with pauses after failures (kubelet's image manager)."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.kubelet.jobs import Busy
from minikube_py.kubelet.podstatus import Waiting
from minikube_py.kubelet.podwork import PodWork
from minikube_py.kubelet.runtime import RuntimeFailure
from minikube_py.machinery.meta import Object

_PULLS_AGAIN = ("ErrImagePull", "RegistryUnavailable", "SignatureValidationFailed")


class PodImages(PodWork):
    """One sync of one pod, as far as its images are concerned."""

    def ask_for_images(self) -> None:
        """Let the images that are needed first come while a new pod's sandbox is made; what became of that is asked for when it runs."""
        if self._upkeep is None or self._known():
            return
        spec = self._pod["spec"]
        for container in (spec.get("initContainers") or ())[:1] or spec.get("containers") or ():
            what = f"pull/{container['name']}"
            if not self._jobs.goes_on(self._key, what) and not self._backoff.left(_pause(container)):
                with contextlib.suppress(Busy):
                    self._ask_for_image(container, what)

    def pull(self, spec: Mapping[str, Any]) -> bool:
        """Make a container's image present; False, with a pause, where it cannot be had."""
        name, image = spec["name"], spec.get("image", "")
        what = f"pull/{name}"
        if left := self._backoff.left(_pause(spec)):
            self._wait_for_image(name, image)
            self._soon(left)
            return False
        try:
            text = self._ask_for_image(spec, what)
        except RuntimeFailure as error:
            if error.reason not in _PULLS_AGAIN:
                self._refuse_image(spec, error)
                return False
            self._event("Normal", "Pulling", f'Pulling image "{image}"', name)
            self._event("Warning", "Failed", f'Failed to pull image "{image}": {error}', name)
            self._event("Warning", "Failed", f"Error: {error.reason}", name)
            self._waiting[name] = Waiting(error.reason, str(error))
            self._soon(self._backoff.note(_pause(spec)))
            return False
        self._backoff.clear(_pause(spec))
        if not self._backoff.left(f"create/{name}"):
            if text.startswith("Successfully"):
                self._event("Normal", "Pulling", f'Pulling image "{image}"', name)
            self._event("Normal", "Pulled", text, name)
        return True

    def _ask_for_image(self, spec: Mapping[str, Any], what: str) -> str:
        secrets = self._upkeep.pull_secrets() if self._upkeep is not None and not self._jobs.goes_on(self._key, what) else ()
        image = spec.get("image", "")
        asked, outcome = self._jobs.run(self._key, what, lambda: (image, self._pulled(spec, secrets)))
        if asked != image:  # what came is what the spec named before
            return self._ask_for_image(spec, what)
        if isinstance(outcome, RuntimeFailure):
            raise outcome
        return outcome

    def _pulled(self, spec: Mapping[str, Any], secrets: Sequence[Object]) -> str | RuntimeFailure:
        try:
            return self._runtime.pull_image(spec.get("image", ""), self._pod, spec["name"], secrets)
        except RuntimeFailure as failure:
            return failure

    def _refuse_image(self, spec: Mapping[str, Any], error: RuntimeFailure) -> None:
        """Note that an image is not even asked for; that is looked at again soon, as somebody may bring it."""
        name = spec["name"]
        self._waiting[name] = Waiting(error.reason, str(error))
        if self._waited_for(name) != error.reason:
            self._event("Warning", error.reason if error.reason == "ErrImageNeverPull" else "InspectFailed", str(error), name)
            self._event("Warning", "Failed", f"Error: {error.reason}", name)
        self._soon(self._backoff.note(_pause(spec)))

    def _wait_for_image(self, name: str, image: str) -> None:
        former = (self._former.get(name, {}).get("state") or {}).get("waiting") or {}
        reason, message = former.get("reason", ""), former.get("message", "")
        if reason and reason not in (*_PULLS_AGAIN, "ImagePullBackOff", "ContainerCreating", "PodInitializing"):
            self._waiting[name] = Waiting(reason, message)
            return
        if reason != "ImagePullBackOff":
            self._event("Normal", "BackOff", f'Back-off pulling image "{image}"', name)
            self._event("Warning", "Failed", "Error: ImagePullBackOff", name)
            message = f'Back-off pulling image "{image}": {former.get("reason", "ErrImagePull")}: {message}'
        self._waiting[name] = Waiting("ImagePullBackOff", message)


def _pause(spec: Mapping[str, Any]) -> str:
    """Return what the pause after failed pulls is kept for: another image need not wait."""
    return f"pull/{spec.get('image', '')}"
