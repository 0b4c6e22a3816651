"""kctl wait."""

import time
from typing import TYPE_CHECKING

from minikube_py.cli import conditions, dryrun, files, lookup, observing, targets
from minikube_py.cli.command import Command
from minikube_py.cli.conditions import CREATED, DELETED
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Found, Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

FLAGS = (
    *(flag._replace(default=flag.name == "recursive" or flag.default) for flag in dryrun.files("identifying the resource.") if flag.name != "kustomize"),
    dryrun.SELECTOR,
    dryrun.FIELD_SELECTOR,
    Flag("all", "bool", usage="Select all resources in the namespace of the specified resource types"),
    Flag("all-namespaces", "bool", short="A", usage="If true, look in all namespaces."),
    Flag("for", usage="The condition to wait on: create, delete, condition=NAME[=VALUE] (the default value is true) or jsonpath='{EXPRESSION}'[=VALUE]."),
    Flag("local", "bool", usage="If true, do not ask the cluster, but take objects as files say."),
    Flag("timeout", "duration", 30.0, usage="The length of time to wait before giving up. Zero means check once and don't wait, negative means a week."),
    *OUTPUT_FLAGS,
)
_WEEK = 7 * 24 * 3600.0
_OVER = "timed out waiting for the condition"


class WaitOptions:
    """What `kctl wait` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values = factory, values
        self.printer = Outcome(factory, values).printer("condition met")
        factory.configured()
        self.wanted = lookup.Query(arguments, values["filename"], values["recursive"], "", values["selector"], values["field-selector"],
                                   values["all"] and targets.only_types(arguments), values["all-namespaces"], latest=True)  # fmt: skip
        self.condition = conditions.parse(values["for"])
        self.timeout: float = values["timeout"] if values["timeout"] >= 0 else _WEEK

    def validate(self) -> None:
        """Refuse what makes no sense."""
        if self.values["local"] and self.wanted.arguments:
            from minikube_py.cli import setting

            raise KctlError(setting.LOCAL_RESOURCES)
        if self.values["local"] and self.condition != CREATED:
            raise KctlError("--local=true asks no cluster: only --for=create can be told of files")

    def run(self) -> int | None:
        """Wait for one object after the other, all in the same time."""
        self.end = time.monotonic() + self.timeout
        if not self.values["local"]:
            self.client = self.factory.client("kubectl")
        self.visited = 0
        if self.condition == CREATED and not self.factory.wait(self._are_there, self.timeout):
            raise KctlError(_OVER)
        self._found().visit(self._one, ignored=errors.NotFound if self.condition == DELETED else ())
        if not self.visited and self.condition != DELETED:
            raise KctlError("no matching resources found")
        return None

    def _found(self) -> Found:
        wanted = self.wanted
        if self.values["local"]:
            infos, broken = files.read(self.factory, None, wanted.files, recursive=wanted.recursive)
            return Found(infos, broken)
        return lookup.find(self.factory, self.client, wanted)

    def _are_there(self) -> bool:
        found: list[Info] = []
        try:
            self._found().visit(found.append)
        except errors.NotFound:
            if self.wanted.files:  # kubectl does not see through what it wraps errors of files in
                raise
            return False
        return bool(found)

    def _one(self, info: Info) -> None:
        self.visited += 1
        if not info.name:
            raise KctlError("resource name must be provided")
        if self.condition == CREATED:
            met: Object | None = info.there
        elif self.condition == DELETED:
            met = self._deleted(info)
        else:
            met = self._fulfilled(info)
        if met is None:
            raise KctlError(f"{_OVER} on {info.resource.plural}/{info.name}")
        self.printer.print_object(met, self.factory.streams.out)
        self.factory.streams.out.flush()

    def _left(self, info: Info) -> float:
        left = self.end - time.monotonic()
        if left <= 0:
            raise KctlError(f"{_OVER} on {info.resource.plural}/{info.name}")
        return left

    def _fulfilled(self, info: Info) -> Object | None:
        """Return the object once it is as it should be; None where it never was in time."""
        assert not isinstance(self.condition, str), "create and delete are waited for elsewhere"
        if self.timeout == 0:
            obj = self.client.get(info.resource, info.name, info.namespace)
            if not self.condition(obj):
                raise KctlError(f"condition not met for {info.resource.plural}/{info.name}")
            return obj
        for event in observing.states(self.factory, self.client, info, self._left(info)):
            if event.type != "DELETED" and self.condition(event.object):
                return event.object
        return None

    def _deleted(self, info: Info) -> Object | None:
        """Return the object once it is gone; None where it was not in time."""
        found = self.client.find(info.resource, info.name, info.namespace)
        if found is None:
            return info.there
        if self.timeout == 0:
            raise KctlError(f"condition not met for {info.resource.plural}/{info.name}")
        for event in observing.states(self.factory, self.client, info, self._left(info), missing_is_error=False):
            if event.type == "DELETED":
                return found
        return None


COMMAND = Command(
    "wait",
    "Wait for a specific condition on one or many resources",
    "([-f FILENAME] | TYPE NAME | TYPE (-l label | --all)) --for=(create | delete | condition=NAME[=VALUE] | jsonpath='{EXPRESSION}'[=VALUE]) [options]",
    FLAGS,
    WaitOptions,
    long="""Wait until every given object is there, is gone, has a condition in its status, or shows a value at a JSONPath. Names and values of
conditions are compared without regard to upper and lower case.

 All of it has to happen within --timeout, 30 seconds where nothing is said.""",
    examples="""  # Wait until a pod is ready
  kctl wait --for=condition=Ready pod/web

  # Wait until it runs, for ten seconds at most
  kctl wait --for=jsonpath='{.status.phase}'=Running pod/web --timeout=10s

  # Wait until all pods with a label are gone
  kctl wait --for=delete pods -l app=shop --timeout=60s""",
)
