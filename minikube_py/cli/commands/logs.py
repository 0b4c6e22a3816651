"""kctl logs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from minikube_py.cli import podlogs, targets
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, UsageError, Values
from minikube_py.machinery import errors, meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

USAGE = "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]"
FLAGS = (
    Flag("all-containers", "bool", usage="Get all containers' logs in the pod(s)."),
    Flag("all-pods", "bool", usage="Get logs from all pod(s). Sets prefix to true."),
    Flag("container", short="c", usage="Print the logs of this container"),
    Flag("follow", "bool", short="f", usage="Go on with what is written from now on. A dry run writes nothing more."),
    Flag("ignore-errors", "bool", usage="Print errors of one log among the others' lines, and go on"),
    Flag("insecure-skip-tls-verify-backend", "bool", usage="Do not look whether the kubelet that has the log is who it says it is"),
    Flag("limit-bytes", "int", usage="Maximum bytes of logs to return. Defaults to no limit."),
    Flag("max-log-requests", "int", 5, usage="How many logs may be followed at once with a selector."),
    Flag("pod-running-timeout", "duration", 20.0, usage="How long to wait (like 5s, 2m, or 3h, higher than zero) until there is a pod"),
    Flag("prefix", "bool", usage="Prefix each log line with the log source (pod name and container name)"),
    Flag("previous", "bool", short="p", usage="If true, print the logs for the previous instance of the container in a pod if it exists."),
    Flag("selector", short="l", usage="Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'."),
    Flag("since", "duration", usage="Only return logs newer than a relative duration like 5s, 2m, or 3h. Only one of since-time / since may be used."),
    Flag("since-time", usage="Only return logs after a specific date (RFC3339). Only one of since-time / since may be used."),
    Flag("tail", "int", -1, usage="Lines of recent log to display: all by default, 10 with a selector."),
    Flag("timestamps", "bool", usage="Include timestamps on each line in the log output"),
)
_SELECTOR_TAIL = 10


class LogsOptions:
    """What `kctl logs` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"
    pods: list[Object]

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line, and find what it is about."""
        self.factory, self.values, self.arguments = factory, values, arguments
        if len(arguments) > 2 or not (arguments or values["selector"]):
            raise _usage(f"expected 'logs {USAGE}'.\nPOD or TYPE/NAME is a required argument for the logs command")
        if len(arguments) == 1 and values["selector"]:
            raise _usage("only a selector (-l) or a POD name is allowed")
        self.container: str = arguments[1] if len(arguments) == 2 else values["container"]
        if values["pod-running-timeout"] <= 0:
            raise KctlError("--pod-running-timeout must be higher than zero")
        self.options = self._options()
        self.client = factory.client("kubectl")
        self.object = self._find(arguments[0]) if arguments else None
        if self.object is None:
            self.pods = self._selected()

    def _options(self) -> dict[str, Any]:
        values = self.values
        options: dict[str, Any] = {field: values[field] or None for field in ("follow", "previous", "timestamps")}
        options |= {"limit_bytes": values["limit-bytes"] or None, "since_seconds": int(values["since"] + 0.5) if values["since"] else None}
        options["insecure_skip_tls_verify_backend"] = values["insecure-skip-tls-verify-backend"] or None
        if values["since-time"]:
            options["since_time"] = _since_time(values["since-time"])
        if values["selector"] and values["tail"] == -1 and not values.changed("tail"):
            options["tail_lines"] = _SELECTOR_TAIL
        elif values["tail"] != -1:
            options["tail_lines"] = values["tail"]
        return options

    def _find(self, argument: str) -> Object:
        if not argument:
            raise KctlError(targets.MISSING)
        word = argument if "/" in argument else f"pods/{argument}"
        target = targets.parse(self.client.scheme, [word])[0]
        namespace = self.factory.namespace
        try:
            found = self.client.get(target.resource, target.name or "", namespace if target.resource.namespaced else "")
        except errors.NotFound as error:
            text = error.message
            if target.resource.namespaced and namespace != "default" and self.client.find("namespaces", namespace) is None:
                text = f'namespaces "{namespace}" not found'
            raise KctlError(f'error from server (NotFound): {text} in namespace "{namespace}"') from error
        return {"apiVersion": target.resource.api_version, "kind": target.resource.kind, **found}

    def _selected(self) -> list[Object]:
        selector, resource = self.values["selector"], self.client.resource("pods")
        try:
            pods = self.client.items(resource, self.factory.namespace, label_selector=selector)
        except errors.StatusError as error:
            raise targets.explained(error, resource, selector, "") from error
        if not pods:
            print(f"No resources found in {self.factory.namespace} namespace.", file=self.factory.streams.err)
        return pods

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        if values["since-time"] and values["since"]:
            raise KctlError("at most one of `sinceTime` or `sinceSeconds` may be specified")
        if values["all-containers"] and self.container:
            raise KctlError(f"--all-containers=true should not be specified with container name {self.container}")
        if values.changed("container") and len(self.arguments) == 2:
            raise KctlError("only one of -c or an inline [CONTAINER] arg is allowed")
        if values["limit-bytes"] < 0:
            raise KctlError("--limit-bytes must be greater than 0")
        if values["since"] < 0:
            raise KctlError("--since must be greater than 0")
        if values["tail"] < -1:
            raise KctlError("--tail must be greater than or equal to -1")

    def run(self) -> int | None:
        """Print the logs, one after the other."""
        values, err = self.values, self.factory.streams.err
        pods = self._pods(self.object) if self.object is not None else self.pods
        sources = podlogs.of_pods(pods, self.container, err, every_container=values["all-containers"], quiet=values["all-pods"])
        if values["follow"] and len(sources) > max(1, values["max-log-requests"]):
            raise KctlError(f"you are attempting to follow {len(sources)} log streams, but maximum allowed concurrency is {values['max-log-requests']}, "
                            "use --max-log-requests to increase the limit")  # fmt: skip
        if values["follow"] and len(sources) > 1:
            self._copy_together(sources)
            return None
        for source in sources:
            self._copy(source)
        return None

    def _copy_together(self, sources: list[podlogs.Source]) -> None:
        """Print the lines of several logs as they come; the first failure ends it, unless it is to be printed among them."""
        with podlogs.Together() as together:
            for source in sources:
                try:
                    together.add(self._prefix(source), self._lines(source))
                except errors.StatusError as error:
                    self._tell(error)
            for text, failure in together.lines():
                if isinstance(failure, errors.StatusError):
                    self._tell(failure)
                elif failure is not None:
                    raise failure
                else:
                    podlogs.write(self.factory.streams.out, text)

    def _tell(self, error: errors.StatusError) -> None:
        """Print an error among the lines of logs, where that is wanted."""
        if not self.values["ignore-errors"]:
            raise error
        self.factory.streams.out.write(f"error: {error.message}\n")

    def _pods(self, obj: Object) -> list[Object]:
        if obj["kind"] == "Pod":
            return [obj]
        found = podlogs.awaited(self.factory, self.client, obj, self.values["pod-running-timeout"])
        return found if self.values["all-pods"] else podlogs.chosen(found, self.factory.streams.err)

    def _copy(self, source: podlogs.Source) -> None:
        prefix = self._prefix(source)
        try:
            for line in self._lines(source):
                podlogs.write(self.factory.streams.out, prefix + line)
        except errors.StatusError as error:
            self._tell(error)

    def _prefix(self, source: podlogs.Source) -> str:
        return f"[pod/{meta.name(source.pod)}/{source.container}] " if self.values["prefix"] or self.values["all-pods"] else ""

    def _lines(self, source: podlogs.Source) -> Iterator[str]:
        return self.client.logs(meta.name(source.pod), meta.namespace(source.pod), container=source.container, **self.options)


def _usage(message: str) -> UsageError:
    return UsageError(message, "See 'kctl logs -h' for help and examples")


def _since_time(text: str) -> str:
    from minikube_py.kits.clock import parse_rfc3339

    try:
        parse_rfc3339(text)
    except ValueError:
        from minikube_py.machinery import gotypes

        raise KctlError(gotypes.time_error(text)) from None
    return text


COMMAND = Command(
    "logs",
    "Print the logs for a container in a pod",
    USAGE,
    FLAGS,
    LogsOptions,
    long="Print the logs for a container in a pod or specified resource. If the pod has only one container, the container name is optional.",
    examples="""  # Print the log of a pod that has one container
  kctl logs web-1

  # Print the logs of all containers of all pods of a deployment
  kctl logs deployment/web --all-pods --all-containers

  # Print the last 20 lines of one container
  kctl logs web-1 -c proxy --tail=20

  # Print the log of the container that ran before the last restart
  kctl logs web-1 --previous""",
)
