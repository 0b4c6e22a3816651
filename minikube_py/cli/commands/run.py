"""kctl run."""

import re
from typing import Any

from minikube_py.cli import dryrun, generating, lastapplied
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.machinery import names
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

# distribution/reference: [domain/]path[:tag][@digest]
_DOMAIN = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[(?:[a-fA-F0-9:]+)\]"
_PATH = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_TAG = r"\w[\w.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_IMAGE = rf"(?:(?:{_DOMAIN})(?::[0-9]+)?/)?{_PATH}(?:/{_PATH})*(?::{_TAG})?(?:@{_DIGEST})?"
_POLICIES = ("Always", "OnFailure", "Never")
_UNATTACHED = "is not supported by this version of kctl: it cannot attach to containers"


class RunOptions:
    """What `kctl run` was asked for."""

    factory: Factory
    values: Values

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values = factory, values
        dryrun.require(values, "image")
        self.dry_run = dryrun.strategy(factory, values)
        self.outcome = Outcome(factory, values, self.dry_run)
        self.printer = self.outcome.printer("created")
        if not arguments or values.dash == 0:
            raise dryrun.usage_error("run", "NAME is required for run")
        self.name, self.arguments = arguments[0], arguments[1:]

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        image = values["image"]
        if not image:
            raise KctlError("--image is required")
        if not re.fullmatch(_IMAGE, image, re.ASCII):
            raise KctlError(f'Invalid image name "{image}": invalid reference format')
        if values["tty"] and not values["stdin"]:
            raise dryrun.usage_error("run", "-i/--stdin is required for containers with -t/--tty=true")
        if values["expose"] and not values["port"]:
            raise dryrun.usage_error("run", "--port must be set when exposing a service")
        self.restart = values["restart"] or ("OnFailure" if values["stdin"] else "Always")
        if self.restart not in _POLICIES:
            raise dryrun.usage_error("run", f"invalid restart policy: {self.restart}")
        attached = values["attach"] or (values["stdin"] and not values.changed("attach"))
        if values["rm"] and not attached:
            raise dryrun.usage_error("run", "--rm should only be used for attached containers")
        if attached and self.dry_run != dryrun.NONE:
            options = "containers options (--attach, --stdin, or --tty)"
            raise dryrun.usage_error("run", f"--dry-run=[server|client] can't be used with attached {options}")
        if attached:
            raise KctlError(f"--{'attach' if values['attach'] else 'stdin'} {_UNATTACHED}")
        if values["image-pull-policy"] not in ("", "Always", "IfNotPresent", "Never"):
            raise dryrun.usage_error("run", f"invalid image pull policy: {values['image-pull-policy']}")

    def run(self) -> int | None:
        """Create the pod, and the service where --expose asks for it."""
        pod = self._sent(self._overridden(self._pod()))
        try:
            if self.values["expose"]:
                self._tell(self._sent(self._service()))
                self.outcome.out.write("---\n" if self.outcome.format == "yaml" else "")  # and the printer writes another, as in kubectl
        finally:
            self._tell(pod)
        return None

    def _tell(self, obj: Object) -> None:
        if self.dry_run == dryrun.CLIENT and self.outcome.format.lower() == "json":
            self.outcome.tell_generated(obj, "created")
        else:
            self.printer.print_object(obj, self.outcome.out)

    def _sent(self, obj: Object) -> Object:
        if self.dry_run == dryrun.CLIENT:
            if self.factory.namespace_enforced:
                obj["metadata"] = _placed(obj["metadata"], self.factory.namespace)
            return obj
        client = self.factory.client("kubectl")
        return generating.send(client, lastapplied.generated(obj, self.values["save-config"]), self.factory, self.values, self.dry_run)

    def _pod(self) -> Object:
        metadata: Object = {"name": self.name, "creationTimestamp": None, "labels": self._labels()}
        annotations = _annotations(self.values["annotations"])
        if annotations:
            metadata["annotations"] = annotations
        spec = {"containers": [self._container()], "restartPolicy": self.restart, "dnsPolicy": "ClusterFirst"}
        return {"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": spec, "status": {}}

    def _container(self) -> Object:
        values = self.values
        container: dict[str, Any] = {"name": self.name, "image": values["image"]}
        if self.arguments:
            container["command" if values["command"] else "args"] = self.arguments
        if values["port"]:
            container["ports"] = [{"containerPort": _number(values["port"])}]
        env = [_variable(text) for text in values["env"]]
        if env:
            container["env"] = env
        container["resources"] = {}
        if values["image-pull-policy"]:
            container["imagePullPolicy"] = values["image-pull-policy"]
        if values["privileged"]:
            container["securityContext"] = {"privileged": True}
        return container

    def _labels(self) -> dict[str, str]:
        text: str = self.values["labels"]
        if not text:
            return {"run": self.name}
        labels: dict[str, str] = {}
        for part in text.split(","):
            key, equals, value = part.partition("=")
            if not equals or "=" in value:
                raise KctlError(f"unexpected label spec: {part}")
            if not key:
                raise KctlError("unexpected empty label key")
            labels[key] = value
        return dict(sorted(labels.items()))

    def _service(self) -> Object:
        port = _number(self.values["port"])
        labels = self._labels() if self.values["labels"] else None
        metadata: Object = {"name": self.name, "creationTimestamp": None, **({"labels": labels} if labels else {})}
        ports = [{"protocol": "TCP", "port": port, "targetPort": port}]
        return {"kind": "Service", "apiVersion": "v1", "metadata": metadata, "spec": {"ports": ports, "selector": self._labels()},
                "status": {"loadBalancer": {}}}  # fmt: skip

    def _overridden(self, pod: Object) -> Object:
        text, kind = self.values["overrides"], self.values["override-type"]
        if not text:
            return pod
        from minikube_py.cli.commands import patch
        from minikube_py.client import api
        from minikube_py.kits import yaml

        media_types = {"merge": api.MERGE_PATCH, "strategic": api.STRATEGIC_PATCH, "json": api.JSON_PATCH}
        if kind not in media_types:
            raise KctlError(f"invalid override type: {kind}")
        try:
            return patch.local(pod, yaml.load(text), media_types[kind])
        except yaml.YAMLError as error:
            raise KctlError(error.message) from error


def _placed(metadata: Object, namespace: str) -> Object:
    return {"name": metadata["name"], "namespace": namespace, **{field: value for field, value in metadata.items() if field != "name"}}


def _annotations(given: list[str]) -> dict[str, str]:
    wrong = [text for text in given if text.find("=") < 1]
    if wrong:
        raise KctlError(f"invalid annotations format: {', '.join(wrong)}")
    return dict(sorted(text.split("=", 1) for text in given))


def _variable(text: str) -> Object:
    name, equals, value = text.partition("=")
    if not equals or not name or names.env_var_name(name):
        raise KctlError(f"invalid env: {text}")
    return {"name": name, "value": value} if value else {"name": name}


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise KctlError(f'strconv.Atoi: parsing "{text}": invalid syntax') from None


COMMAND = Command(
    "run",
    "Run a particular image on the cluster",
    'NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...] [options]',
    (
        dryrun.DRY_RUN,
        dryrun.SAVE_CONFIG,
        dryrun.field_manager("kubectl-run"),
        Flag("annotations", "strings", usage="Annotations to apply to the pod."),
        Flag("attach", "bool", usage="If true, wait for the Pod to start running, and then attach to the Pod."),
        Flag("command", "bool", usage="If true and extra arguments are present, use them as the 'command' field in the container, rather than 'args'."),
        Flag("env", "strings", usage="Environment variables to set in the container."),
        Flag("expose", "bool", usage="If true, create a ClusterIP service associated with the pod.  Requires `--port`."),
        Flag("image", usage="The image for the container to run."),
        Flag("image-pull-policy", usage="The image pull policy for the container.  If left empty, the server chooses it."),
        Flag("labels", short="l", usage="Comma separated labels to apply to the pod. Will override previous values."),
        Flag("override-type", default="merge", usage="The method used to override the generated object: json, merge, or strategic."),
        Flag("overrides", usage="An inline JSON override for the generated object."),
        Flag("port", usage="The port that this container exposes."),
        Flag("privileged", "bool", usage="If true, run the container in privileged mode."),
        Flag("quiet", "bool", short="q", usage="If true, suppress prompt messages."),
        Flag("restart", default="Always", usage="The restart policy for this Pod.  Legal values [Always, OnFailure, Never]."),
        Flag("rm", "bool", usage="If true, delete the pod after it exits.  Only valid when attaching to the container."),
        Flag("stdin", "bool", short="i", usage="Keep stdin open on the container in the pod, even if nothing is attached."),
        Flag("tty", "bool", short="t", usage="Allocate a TTY for the container in the pod."),
        *OUTPUT_FLAGS,
    ),
    RunOptions,
    long="Create and run a particular image in a pod.",
    examples="""  # Start a nginx pod
  kctl run nginx --image=nginx

  # Start a hazelcast pod and let the container expose port 5701
  kctl run hazelcast --image=hazelcast/hazelcast --port=5701

  # Dry run; print the corresponding API objects without creating them
  kctl run nginx --image=nginx --dry-run=client -o yaml

  # Start the busybox pod with a command and arguments of its own
  kctl run busybox --image=busybox --command -- sleep 60""",
)
