"""kctl set env."""

import re

from minikube_py.cli import dryrun, envvars, failures, files, podspecs, setting
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Info
from minikube_py.kits import gofmt
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

FLAGS = (
    *setting.flags("env", record=False),
    Flag("containers", default="*", short="c", usage="The names of containers in the pod templates to change - may use wildcards"),
    Flag("env", "strings", short="e", usage="A key-value pair for an environment variable to set into each container."),
    Flag("from", usage="The name of a config map or secret from which to take environment variables"),
    Flag("keys", "list", usage="Comma-separated list of keys to take of --from"),
    Flag("list", "bool", usage="If true, display the environment and any changes, one variable a line."),
    Flag("overwrite", "bool", True, usage="If true, allow environment to be overwritten, otherwise reject updates that overwrite existing environment."),
    Flag("prefix", usage="What to put before the names of variables"),
    Flag("resolve", "bool", usage="If true, show the values behind references when listing variables"),
)


class EnvOptions(setting.Setter):
    """What `kctl set env` was asked for."""

    done = "env updated"
    failure = "failed to patch env update to pod template:"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        if values["all"] and values["selector"]:
            raise KctlError(setting.ALL_AND_SELECTOR)
        parts = envvars.split(arguments)
        if parts is None:
            raise KctlError(f"all resources must be specified before environment changes: {' '.join(arguments)}")
        self.resources, self.changes = parts
        self.start(factory, values)
        factory.configured()

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        refusals = (
            (values["local"] and self.dry_run == dryrun.SERVER, setting.LOCAL_AND_SERVER),
            (not values["filename"] and not self.resources, setting.NO_RESOURCES),
            (values["list"] and values["output"], "--list and --output may not be specified together"),
            (values["keys"] and not values["from"], "when specifying --keys, a configmap or secret must be provided with --from"),
        )
        failures.refuse(refusals)

    def run(self) -> int | None:
        """Change the variables, or list them."""
        values = self.values
        given = [*values["env"], *self.changes]
        self.variables, self.removed = envvars.parse(given, self.factory.streams.stdin)
        if "-" in given and "-" in values["filename"]:
            raise KctlError(files.STDIN_TWICE)
        if values["from"]:
            self.variables += self._taken()
        if values["prefix"]:
            self.variables = [{**variable, "name": values["prefix"] + variable["name"]} for variable in self.variables]
        infos = self.infos([] if values["local"] else self.resources)
        if values["list"]:
            self._list(infos)
        else:
            self.work(infos, self._change)
        return None

    def _taken(self) -> list[envvars.Variable]:
        """Return a variable for each key of --from."""
        taken = []
        for info in self.infos([] if self.values["local"] else [self.values["from"]]):
            field = {"ConfigMap": "configMapKeyRef", "Secret": "secretKeyRef"}.get(info.there["kind"])
            if field is None:
                raise KctlError("unsupported resource specified in --from")
            for key in sorted(info.there.get("data") or {}):
                if not self.values["keys"] or key in self.values["keys"]:
                    taken.append({"name": self._name(key), "valueFrom": {field: {"name": info.name, "key": key}}})
        return taken

    def _name(self, key: str) -> str:
        name = re.sub("[^a-zA-Z0-9_]", "_", key).upper()
        if name != key:
            print(f"Warning: key {key} transferred to {name}", file=self.factory.streams.err)
        return name

    def _containers(self, obj: Object) -> list[Object]:
        wanted = self.values["containers"]
        containers = podspecs.containers(podspecs.of(obj), wanted)
        if not containers:
            text = f"{obj['kind']}/{meta.name(obj)} does not have any containers matching {gofmt.quote(wanted)}"
            print(f"Warning: {text}", file=self.factory.streams.err)
        return containers

    def _change(self, obj: Object) -> bool:
        for container in self._containers(obj):
            self._update(container)
        return True

    def _update(self, container: Object) -> None:
        existing = container.get("env") or []
        if not self.values["overwrite"]:
            envvars.check_new(existing, self.variables)
        container["env"] = envvars.updated(existing, self.variables, self.removed)

    def sent(self) -> None:
        """Refuse a command line that changed nothing."""
        if not self.variables and not self.changes:
            raise KctlError("at least one environment variable must be provided")

    def _list(self, infos: list[Info]) -> None:
        """Show the variables of all containers; what cannot be shown of an object ends with it, and is no failure."""
        for info in infos:
            try:
                for container in self._containers(info.there):
                    self._update(container)
                    self._list_container(info.there, container)
            except KctlError:
                continue  # kubectl lists what it can, and says nothing of the rest

    def _list_container(self, obj: Object, container: Object) -> None:
        out = self.factory.streams.out
        problems: dict[str, list[str]] = {}
        print(f"# {obj['kind']} {meta.name(obj)}, container {container['name']}", file=out)
        for variable in container["env"]:
            name, value_from = variable["name"], variable.get("valueFrom")
            try:
                if value_from is None:
                    print(f"{name}={variable.get('value', '')}", file=out)
                elif self.values["resolve"]:
                    print(f"{name}={envvars.resolved(value_from, obj, container, self._find)}", file=out)
                else:
                    print(f"# {name} from {envvars.source(value_from)}", file=out)
            except KctlError as error:
                print(f"# {name} from {envvars.source(value_from)}", file=out)
                problems.setdefault(str(error), []).append(name)
        for line in sorted(f"error retrieving reference for {', '.join(sorted(found))}: {text}" for text, found in problems.items()):
            print(line, file=self.factory.streams.err)

    def _find(self, resource: str, name: str) -> Object:
        client = self.factory.client("kubectl")
        return client.get(resource, name, self.factory.namespace)


COMMAND = Command(
    "set env",
    "Update environment variables on a pod template",
    "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N [options]",
    FLAGS,
    EnvOptions,
    long="""Change the environment variables of containers, in pods and in everything that has a pod template, or list them.

 KEY=VALUE sets a variable, KEY- removes one, and - takes lines KEY=VALUE from standard input.""",
    examples="""  # Set a variable in all containers of a deployment
  kctl set env deployment/shop LEVEL=debug

  # Remove it from one container
  kctl set env deployment/shop -c web LEVEL-

  # List all variables, with the values behind references
  kctl set env pods --all --list --resolve

  # Take variables from a config map, each with a prefix
  kctl set env deployment/shop --from=configmap/settings --prefix=SHOP_""",
)
