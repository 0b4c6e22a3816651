"""The pods and containers that kctl debug makes: a container in a running pod, a copy of a pod, a pod on a node (kubectl debug)."""

import copy
import json
from typing import TYPE_CHECKING, Any, TextIO

from minikube_py.cli import debugprofiles
from minikube_py.machinery import meta, names
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.cli.flags import Values

_FIXED = ("name", "command", "image", "lifecycle", "volumeDevices")  # what a profile of one's own may not say
_WARNING = ('Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider '
            'using "--custom" with a custom profile that specifies "securityContext.runAsUser: 0".')  # fmt: skip


class Maker:
    """Makes them as the flags say. `arguments` are what is to be run."""

    def __init__(self, values: "Values", arguments: list[str], random: Any, out: TextIO, err: TextIO) -> None:
        self._values = values
        self._arguments = arguments
        self._random = random
        self._out, self._err = out, err
        self._profile = debugprofiles.profile(values["profile"])
        self._keep = debugprofiles.Keep(values["keep-labels"], values["keep-annotations"], values["keep-liveness"], values["keep-readiness"],
                                        values["keep-startup"], values["keep-init-containers"])  # fmt: skip
        self._env = [{"name": name, "value": value} for name, value in values["env"].items()]
        self.custom = _custom(values["custom"]) if values["custom"] else None

    def validate(self) -> None:
        """Refuse a profile of one's own that says too much."""
        if self.custom is not None and any(self.custom.get(field) for field in _FIXED):
            raise KctlError("name, command, image, lifecycle and volume devices are not modifiable via custom profile")

    def ephemeral(self, pod: Object) -> Object:
        """Return a container to add to a running pod."""
        container = self._new(self._name(pod))
        if self._values["target"]:
            container["targetContainerName"] = self._values["target"]
        changed = copy.deepcopy(pod)
        others = changed["spec"].get("ephemeralContainers") or []
        changed["spec"]["ephemeralContainers"] = [*(each for each in others if each["name"] != container["name"]), container]
        self._profile(changed, container["name"], debugprofiles.EPHEMERAL, self._keep)
        changed = self._customized(changed, "ephemeralContainers", container["name"])
        made: Object = changed["spec"]["ephemeralContainers"][-1]
        self._warn(made, changed)
        return made

    def on_node(self, node: Object) -> Object:
        """Return a pod on a node, with the node's own files and namespaces as far as the profile gives them."""
        name, on = self._values["container"] or "debugger", meta.name(node)
        own = f"node-debugger-{on}-{self._suffix()}"
        if not self._values["quiet"]:
            print(f"Creating debugging pod {own} with container {name} on node {on}.", file=self._out)
        spec = {"containers": [self._new(name)], "nodeName": on, "restartPolicy": "Never", "tolerations": [{"operator": "Exists"}]}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": own}, "spec": spec}
        self._profile(pod, name, debugprofiles.NODE, self._keep)
        return self._customized(pod, "containers", name)

    def copied(self, pod: Object) -> tuple[Object, str]:
        """Return a copy of a pod, and the name of the container to work in: a new one, one of its own, or none."""
        values = self._values
        kept = {field: copy.deepcopy(pod["metadata"][field]) for field in ("annotations", "labels") if pod["metadata"].get(field)}
        spec = copy.deepcopy(pod["spec"])
        spec.pop("ephemeralContainers", None)
        if values.changed("share-processes"):
            spec["shareProcessNamespace"] = values["share-processes"]
        if not values["same-node"]:
            spec.pop("nodeName", None)
        for each in spec["containers"]:
            each["image"] = values["set-image"].get(each["name"]) or values["set-image"].get("*") or each["image"]
        made = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": values["copy-to"], "namespace": meta.namespace(pod), **kept}, "spec": spec}
        name: str = values["container"]
        container = next((each for each in debugprofiles.containers(made) if each["name"] == name), None)
        if container is None:
            if not values["image"]:
                if values["set-image"]:
                    return made, ""
                raise KctlError("you must specify image when creating new container")
            name = self._name(made)
            container = {"name": name, "terminationMessagePolicy": "File"}
            spec["containers"].append(container)
        self._fill(container)
        self._profile(made, name, debugprofiles.COPY, self._keep)
        made = self._customized(made, "containers", name)
        self._warn(next((each for each in made["spec"]["containers"] if each["name"] == name), {}), made)
        return made, name

    def _fill(self, container: Object) -> None:
        """Let a copy's container be what the flags say."""
        values = self._values
        if self._arguments:
            container["args" if values["arguments-only"] else "command"] = self._arguments
            if not values["arguments-only"]:
                container.pop("args", None)
        if self._env:
            container["env"] = self._env
        if values["image"]:
            container["image"] = values["image"]
        if values["image-pull-policy"]:
            container["imagePullPolicy"] = values["image-pull-policy"]
        for field in ("stdin", "tty"):
            container.pop(field, None)
            if values[field]:
                container[field] = True

    def _new(self, name: str) -> Object:
        values = self._values
        container: Object = {"name": name, "image": values["image"], "terminationMessagePolicy": "File"}
        if self._arguments:
            container["args" if values["arguments-only"] else "command"] = self._arguments
        if self._env:
            container["env"] = self._env
        if values["image-pull-policy"]:
            container["imagePullPolicy"] = values["image-pull-policy"]
        for field in ("stdin", "tty"):
            if values[field]:
                container[field] = True
        return container

    def _suffix(self) -> str:
        return names.suffix(self._random.choice)

    def _name(self, pod: Object) -> str:
        given: str = self._values["container"]
        if given:
            return given
        taken = {each["name"] for each in debugprofiles.containers(pod)}
        name = f"debugger-{self._suffix()}"
        while name in taken:
            name = f"debugger-{self._suffix()}"
        if not self._values["quiet"]:
            print(f"Defaulting debug container name to {name}.", file=self._out)
        return name

    def _customized(self, pod: Object, field: str, name: str) -> Object:
        """Return a pod with the user's own profile over its container."""
        if self.custom is None:
            return pod
        if not any(each["name"] == name for each in pod["spec"].get(field) or ()):
            what = "ephemeral container" if field == "ephemeralContainers" else "container"
            raise KctlError(f"unable to find the {name} {what} in the pod {meta.name(pod)}")
        from minikube_py.cli.commands import patch
        from minikube_py.client import api

        found: Object = patch.local(pod, {"spec": {field: [{**self.custom, "name": name}]}}, api.STRATEGIC_PATCH)
        order = [each["name"] for each in pod["spec"][field]]  # a patch that says no order puts first what it changes
        found["spec"][field].sort(key=lambda each: order.index(each["name"]))
        return found

    def _warn(self, container: Object, pod: Object) -> None:
        """Tell where a profile gives what the pod's user cannot use."""
        user = (pod["spec"].get("securityContext") or {}).get("runAsUser")
        own = container.get("securityContext") or {}
        if user and own.get("runAsUser") != 0 and (own.get("privileged") or (own.get("capabilities") or {}).get("add")):
            print(_WARNING, file=self._err)


def _custom(path: str) -> Object:
    """Read a container's fields from a file."""
    from minikube_py.kits import yaml

    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        raise KctlError(f"must pass a container spec json file for custom profile: open {path}: {(error.strerror or '').lower()}") from error
    except UnicodeDecodeError as error:
        raise KctlError(f"{path} does not contain a valid container spec: it is no UTF-8") from error
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        try:
            found = yaml.load(text)
        except yaml.YAMLError as error:
            raise KctlError(f"{path} does not contain a valid container spec: {error.message}") from error
    if not isinstance(found, dict):
        raise KctlError(f"{path} does not contain a valid container spec: it is no object")
    return found
