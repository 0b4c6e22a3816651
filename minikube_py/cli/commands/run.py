"""kctl run."""

import re

from minikube_py.cli import deletion, dryrun, generating, lastapplied, overriding, podtargets, recording, typedobjects
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


class RunOptions:
    """What `kctl run` was asked for."""

    factory: Factory
    values: Values

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values = factory, values
        dryrun.require(values, "image")
        self.dry_run = dryrun.strategy(factory, values)
        factory.configured()
        self.outcome = Outcome(factory, values, self.dry_run)
        self.teller = generating.Teller(self.outcome, values, "created")
        self.policy = deletion.propagation(factory, values)
        if not arguments:
            raise dryrun.usage_error("run", "NAME is required for run")
        podtargets.running_timeout(values, "run")
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
        self._check_attached()
        if values["image-pull-policy"] not in ("", "Always", "IfNotPresent", "Never"):
            raise dryrun.usage_error("run", f"invalid image pull policy: {values['image-pull-policy']}")

    def _check_attached(self) -> None:
        values = self.values
        self.attached = values["attach"] or (values["stdin"] and not values.changed("attach"))
        if values["rm"] and not self.attached:
            raise dryrun.usage_error("run", "--rm should only be used for attached containers")
        if self.attached and self.dry_run != dryrun.NONE:
            options = "containers options (--attach, --stdin, or --tty)"
            raise dryrun.usage_error("run", f"--dry-run=[server|client] can't be used with attached {options}")

    def run(self) -> int | None:
        """Create the pod, and the service where --expose asks for it."""
        if not self.name:
            raise KctlError("Parameter: name is required")
        made = [self._sent(overriding.applied(self._pod(), self.values))]
        problem: KctlError | None = None
        if self.values["expose"]:
            try:
                made.append(self._sent(typedobjects.of(self._service())))
                self.teller.tell(made[-1])
                self.outcome.out.write("---\n" if self.outcome.format == "yaml" else "")  # and the printer writes another, as in kubectl
            except KctlError as error:
                problem = error
        if self.attached:
            from minikube_py.cli import running

            return running.Attached(self.factory, self.factory.client("kubectl"), self.values, self.restart, self.policy).run(made)
        self.teller.tell(made[0])
        if problem is not None:
            raise problem
        return None

    def _sent(self, obj: Object) -> Object:
        obj = recording.noted(self.values, obj)
        if self.dry_run == dryrun.CLIENT:
            return generating.place(obj, self.factory)
        client = self.factory.client("kubectl")
        return generating.send(client, lastapplied.generated(obj, self.values["save-config"]), self.factory, self.values, self.dry_run)

    def _pod(self) -> Object:
        variables, annotations = [_variable(text) for text in self.values["env"]], _annotations(self.values["annotations"])
        metadata = {"name": self.name, "labels": self._labels(), "annotations": annotations}
        spec = {"containers": [self._container(variables)], "restartPolicy": self.values["restart"] or "Always", "dnsPolicy": "ClusterFirst"}
        return {"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": spec}

    def _container(self, variables: list[Object]) -> Object:
        values = self.values
        return {
            "name": self.name,
            "image": values["image"],
            "command" if values["command"] else "args": self.arguments,
            "ports": [{"containerPort": _number(values["port"])}] if values["port"] else [],
            "env": variables,
            "imagePullPolicy": values["image-pull-policy"],
            "securityContext": {"privileged": True} if values["privileged"] else None,
            "stdin": values["stdin"],
            "stdinOnce": values["stdin"] and not values["leave-stdin-open"],
            "tty": values["tty"],
        }

    def _labels(self) -> dict[str, str]:
        text = self.values["labels"]
        return generating.labels(text) if text else {"run": self.name}

    def _service(self) -> Object:
        port = _number(self.values["port"])
        metadata = {"name": self.name, "labels": self._labels() if self.values["labels"] else {}}
        ports = [{"protocol": "TCP", "port": port, "targetPort": port}]
        return {"kind": "Service", "apiVersion": "v1", "metadata": metadata, "spec": {"ports": ports, "selector": self._labels()}}


def _annotations(given: list[str]) -> dict[str, str]:
    wrong = [text for text in given if text.find("=") < 1]
    if wrong:
        raise KctlError(f"invalid annotations format: {', '.join(wrong)}")
    return dict(text.split("=", 1) for text in given)


def _variable(text: str) -> Object:
    name, equals, value = text.partition("=")
    if not equals or not name or names.env_var_name(name):
        raise KctlError(f"invalid env: {text}")
    return {"name": name, "value": value}


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
        *dryrun.files("to use to replace the resource. kctl run ignores them."),
        *deletion.FLAGS,
        deletion.wait_flag(False),
        Flag("annotations", "strings", usage="Annotations to apply to the pod."),
        Flag("attach", "bool", usage="If true, wait for the Pod to start running, and then attach to the Pod."),
        Flag("command", "bool", usage="If true and extra arguments are present, use them as the 'command' field in the container, rather than 'args'."),
        Flag("env", "strings", usage="Environment variables to set in the container."),
        Flag("expose", "bool", usage="If true, create a ClusterIP service associated with the pod.  Requires `--port`."),
        Flag("image", usage="The image for the container to run."),
        Flag("image-pull-policy", usage="The image pull policy for the container.  If left empty, the server chooses it."),
        Flag("labels", short="l", usage="Comma separated labels to apply to the pod. Will override previous values."),
        Flag("leave-stdin-open", "bool", usage="If true, the container's standard input stays open when the one who was attached first leaves."),
        *overriding.FLAGS,
        podtargets.RUNNING_TIMEOUT,
        Flag("port", usage="The port that this container exposes."),
        Flag("privileged", "bool", usage="If true, run the container in privileged mode."),
        Flag("quiet", "bool", short="q", usage="If true, suppress prompt messages."),
        Flag("restart", default="Always", usage="The restart policy for this Pod.  Legal values [Always, OnFailure, Never]."),
        Flag("rm", "bool", usage="If true, delete the pod after it exits.  Only valid when attaching to the container."),
        Flag("stdin", "bool", short="i", usage="Keep stdin open on the container in the pod, even if nothing is attached."),
        Flag("tty", "bool", short="t", usage="Allocate a TTY for the container in the pod."),
        recording.RECORD,
        *OUTPUT_FLAGS,
    ),
    RunOptions,
    long="Make a pod of one container and, if asked to, a service for it; attach to it with -it.",
    examples="""  # A pod
  kctl run web --image=nginx --port=80

  # Show what would be made
  kctl run web --image=nginx --dry-run=client -o yaml

  # A command in place of the image's own
  kctl run pause --image=busybox --command -- sleep 60

  # A shell in a pod that goes when you leave
  kctl run -it --rm shell --image=busybox""",
)
