"""kctl set resources."""

from minikube_py.cli import dryrun, failures, podspecs, setting
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.machinery import quantity
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

FLAGS = (
    *setting.flags("resources"),
    Flag("containers", default="*", short="c", usage="The names of containers in the pod templates to change - may use wildcards"),
    Flag("limits", usage="The limits, such as cpu=100m,memory=256Mi"),
    Flag("requests", usage="The requests, such as cpu=100m,memory=256Mi"),
)


class ResourcesOptions(setting.Setter):
    """What `kctl set resources` was asked for."""

    done = "resource requirements updated"
    failure = "failed to patch resources update to pod template"

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        refusals = (
            (values["local"] and self.dry_run == dryrun.SERVER, setting.LOCAL_AND_SERVER),
            (values["all"] and values["selector"], setting.ALL_AND_SELECTOR),
            (not values["limits"] and not values["requests"],
             "you must specify an update to requests or limits (in the form of --requests/--limits)"),
        )  # fmt: skip
        failures.refuse(refusals)
        self.amounts = {part: _amounts(values[part]) for part in ("limits", "requests")}

    def run(self) -> int | None:
        """Set the amounts."""
        self.work(self.wanted, self._change)
        return None

    def _change(self, obj: Object) -> bool:
        wanted = self.values["containers"]
        containers = podspecs.containers(podspecs.of(obj), wanted)
        for container in containers:
            resources = container.get("resources") or {}
            container["resources"] = {**resources, **{part: {**(resources.get(part) or {}), **amounts} for part, amounts in self.amounts.items()}}
        if not containers:
            self.problems.append(KctlError(f"error: unable to find container named {wanted}"))
        return bool(containers)


def _amounts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for statement in text.split(",") if text else ():
        name, equals, amount = statement.partition("=")
        if not equals or "=" in amount:
            raise KctlError(f"Invalid argument syntax {statement}, expected <resource>=<value>")
        try:
            found[name] = quantity.canonical(amount)
        except ValueError as error:
            raise KctlError(str(error)) from None
    return found


COMMAND = Command(
    "set resources",
    "Update resource requests and limits on objects with pod templates",
    "(-f FILENAME | TYPE NAME) ([--limits=LIMITS] [--requests=REQUESTS]) [options]",
    FLAGS,
    ResourcesOptions,
    long="""Say how much CPU and memory containers ask for (requests), and how much they may use at most (limits).

 Where a limit is given and no request, the request is as high as the limit.""",
    examples="""  # At most half a CPU and a quarter of a gibibyte, for all containers of a deployment
  kctl set resources deployment shop --limits=cpu=500m,memory=256Mi

  # Requests of one container
  kctl set resources deployment shop -c web --requests=cpu=100m

  # Show what would come of a file
  kctl set resources -f shop.yaml --limits=cpu=1 --local -o yaml""",
)
