"""kctl debug."""

import re
from typing import TYPE_CHECKING

from minikube_py.cli import debugging, debugprofiles, podlogs, podtargets
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery import errors, meta
from minikube_py.machinery.errors import KctlError, StatusError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

_DEPRECATED = ('--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example '
               '"--profile=general".')  # fmt: skip


class DebugOptions:
    """What `kctl debug` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line: names before the dashes, what to run behind them."""
        self.factory, self.values = factory, values
        split = values.dash if 0 <= values.dash < len(arguments) else len(arguments)
        self.names, self.arguments = arguments[:split], arguments[split:]
        self.attach = values["attach"] or (values["stdin"] and not values.changed("attach"))
        self.maker = debugging.Maker(values, self.arguments, _Random(factory), factory.streams.out, factory.streams.err)
        factory.configured()

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        if values["attach"] and not values["image"] and not values["container"]:
            raise KctlError("you must specify --container or create a new container using --image in order to attach.")
        self._check_copy()
        if values["image"]:
            _check_image(values["image"], "")
        if not self.names and not values["filename"]:
            raise KctlError("NAME or filename is required for debug")
        if values["image-pull-policy"] not in ("", "Always", "IfNotPresent", "Never"):
            raise KctlError(f"invalid image pull policy: {values['image-pull-policy']}")
        for name, image in values["set-image"].items():
            _check_image(image, f" for container {errors.quoted(name)}")
        if values["target"]:
            if values["copy-to"]:
                raise KctlError("--target is incompatible with --copy-to. Use --share-processes instead.")
            if not values["quiet"]:
                print(f"Targeting container {errors.quoted(values['target'])}. If you don't see processes from this container it may be because the "
                      "container runtime doesn't support this feature.", file=self.factory.streams.out)  # fmt: skip
        if values["tty"] and not values["stdin"]:
            raise KctlError("-i/--stdin is required for containers with -t/--tty=true")
        self.maker.validate()
        if values["profile"] == debugprofiles.LEGACY:
            print(_DEPRECATED, file=self.factory.streams.err)

    def _check_copy(self) -> None:
        values = self.values
        if values["copy-to"]:
            if not values["image"] and not values["set-image"] and not self.arguments:
                raise KctlError("you must specify --image, --set-image or command arguments.")
            if self.arguments and not values["container"] and not values["image"]:
                raise KctlError("you must specify an existing container or a new image when specifying args.")
            return
        for flag in ("replace", "same-node", "set-image"):
            if values[flag]:
                raise KctlError(f"--{flag} may only be used with --copy-to.")
        if not values["image"]:
            raise KctlError("you must specify --image when not using --copy-to.")

    def run(self) -> int | None:
        """Make what is asked for, of one object after the other, and join it where that is wanted."""
        factory = self.factory
        self.client = factory.client("kubectl")
        files = self.values["filename"]
        for words in [self.names] if files else [[name] for name in self.names]:
            for obj in podtargets.find(factory, self.client, words, files):
                pod, container = self._debugged(obj)
                if self.attach and container:
                    self._attach(pod, container)
        return None

    def _debugged(self, obj: Object) -> tuple[Object, str]:
        if obj["kind"] == "Node" and obj["apiVersion"] == "v1":
            made = self.maker.on_node(obj)
            return self.client.create(made, namespace=self.factory.namespace), made["spec"]["containers"][0]["name"]
        if obj["kind"] != "Pod" or obj["apiVersion"] != "v1":
            raise KctlError(f'"{obj["apiVersion"] if "/" in obj["apiVersion"] else "/" + obj["apiVersion"]}, Kind={obj["kind"]}" not supported by debug')
        return self._copied(obj) if self.values["copy-to"] else self._extended(obj)

    def _extended(self, pod: Object) -> tuple[Object, str]:
        container = self.maker.ephemeral(pod)
        names = [each["name"] for each in pod["spec"].get("ephemeralContainers") or ()]
        order = [{"name": name} for name in dict.fromkeys([*names, container["name"]])]
        patch: Object = {"spec": {"$setElementOrder/ephemeralContainers": order, "ephemeralContainers": [container]}}
        if container["name"] in names:  # such a container stays as it is; to attach to it is all that can be done
            patch = {}
        found = self.client.patch("pods", meta.name(pod), meta.namespace(pod), patch, subresource="ephemeralcontainers")
        return found, container["name"]

    def _copied(self, pod: Object) -> tuple[Object, str]:
        made, container = self.maker.copied(pod)
        created = self.client.create(made, namespace=meta.namespace(pod))
        if self.values["replace"]:
            self.client.delete("pods", meta.name(pod), meta.namespace(pod), grace_period_seconds=0)
        return created, container

    # Joining it

    def _attach(self, pod: Object, container: str) -> None:
        from minikube_py.cli import attaching

        values, err = self.values, self.factory.streams.err
        pod = self._started(pod, container)
        if attaching.container_state(pod, container).get("terminated"):
            self._logs(pod, container)
            return
        try:
            attaching.attach(self.factory, self.client, pod, container, stdin=values["stdin"], tty=values["tty"], quiet=values["quiet"])
        except KctlError as error:
            text = error.message if isinstance(error, StatusError) else str(error)
            print(f"warning: couldn't attach to pod/{meta.name(pod)}, falling back to streaming logs: {text}", file=err)
            self._logs(pod, container)

    def _started(self, pod: Object, container: str) -> Object:
        """Wait until a container runs, or has ended; tell what keeps it waiting."""
        from minikube_py.cli import attaching

        name, namespace = meta.name(pod), meta.namespace(pod)
        found = [pod]
        told = [""]

        def there() -> bool:
            found[0] = self.client.get("pods", name, namespace)
            state = attaching.container_state(found[0], container)
            message = (state.get("waiting") or {}).get("message", "")
            if message and message != told[0] and not self.values["quiet"]:
                told[0] = message
                self.factory.warn(f"container {container}: {message}")
            return bool(state.get("running") or state.get("terminated"))

        self.factory.wait(there)
        return found[0]

    def _logs(self, pod: Object, container: str) -> None:
        for line in self.client.logs(meta.name(pod), meta.namespace(pod), container=container):
            podlogs.write(self.factory.streams.out, line)


class _Random:
    """The factory's randomness, which is made when it is needed: nothing is opened for what is refused."""

    def __init__(self, factory: Factory) -> None:
        self._factory = factory

    def choice(self, letters: str) -> str:
        """Return one of the letters."""
        chosen: str = self._factory.random().choice(letters)
        return chosen


def _check_image(image: str, whose: str) -> None:
    from minikube_py.cli.commands import run

    if not re.fullmatch(run._IMAGE, image, re.ASCII):
        raise KctlError(f"invalid image name {errors.quoted(image)}{whose}: invalid reference format")


COMMAND = Command(
    "debug",
    "Create debugging sessions for troubleshooting workloads and nodes",
    "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
    (
        Flag("arguments-only", "bool", usage="Hand what stands after -- to the container as its arguments, not as its command"),
        Flag("attach", "bool", usage="Wait for the container to start, then attach to it. The default with -i/--stdin."),
        Flag("container", short="c", usage="Name of the debugging container"),
        Flag("copy-to", usage="Make a copy of the pod, under this name"),
        Flag("custom", usage="File with a part of a container's spec (JSON or YAML) to lay over the profile"),
        Flag("env", "map", usage="Environment variables to set in the container: name=value"),
        Flag("filename", "list", short="f", usage="Filename, directory, or URL to files that name what to debug"),
        Flag("image", usage="The debugging container's image"),
        Flag("image-pull-policy", usage="The image pull policy for the container. If left empty, the server chooses it."),
        Flag("keep-annotations", "bool", usage="With --copy-to: keep the pod's annotations"),
        Flag("keep-init-containers", "bool", True, usage="With --copy-to: run the pod's init containers as well"),
        Flag("keep-labels", "bool", usage="With --copy-to: keep the pod's labels; services will find the copy, too"),
        Flag("keep-liveness", "bool", usage="With --copy-to: keep liveness probes"),
        Flag("keep-readiness", "bool", usage="With --copy-to: keep readiness probes"),
        Flag("keep-startup", "bool", usage="With --copy-to: keep startup probes"),
        Flag("profile", default=debugprofiles.LEGACY, usage='How much the container may: "legacy", "general", "baseline", "netadmin", "restricted" or '
             '"sysadmin".'),  # fmt: skip
        Flag("quiet", "bool", short="q", usage="Print no messages of what is made"),
        Flag("replace", "bool", usage="With --copy-to: delete the pod that was copied"),
        Flag("same-node", "bool", usage="With --copy-to: run the copy on the same node"),
        Flag("set-image", "map", usage="With --copy-to: change containers' images: name=image, or *=image for all"),
        Flag("share-processes", "bool", True, usage="With --copy-to: let the copy's containers see each other's processes"),
        Flag("stdin", "bool", short="i", usage="Keep standard input of the container open"),
        Flag("target", usage="Container of the pod whose processes a new container in it is to see"),
        Flag("tty", "bool", short="t", usage="Give the container a terminal"),
    ),
    DebugOptions,
    long="Look into a pod or node: with a new container in a running pod, in a copy of the pod where things are changed, or with a pod on the node.",
    examples="""  # Work with a shell in a new container of a running pod
  kctl debug web-1 -it --image=busybox

  # Try another image in a copy of a pod
  kctl debug web-1 --copy-to=web-debug --set-image=web=nginx:1.28

  # Work on a node, with its files below /host
  kctl debug node/minikube -it --image=busybox --profile=sysadmin""",
)
