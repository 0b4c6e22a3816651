"""kctl drain."""

from minikube_py.cli import cordoning, draining, dryrun, evicting, failures
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.cli.infos import Info
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

FLAGS = (
    *cordoning.FLAGS,
    Flag("chunk-size", "int", 500, usage="Return large lists in chunks rather than all at once. Pass 0 to disable."),
    Flag("delete-emptydir-data", "bool", usage="Continue even if there are pods using emptyDir (local data that will be deleted)."),
    Flag("disable-eviction", "bool", usage="Delete pods instead of evicting them. This does not ask PodDisruptionBudgets, use with caution."),
    Flag("force", "bool", usage="Continue even if there are pods that do not declare a controller."),
    Flag("grace-period", "int", -1, usage="Seconds given to each pod to terminate gracefully. If negative, the pod's own value will be used."),
    Flag("ignore-daemonsets", "bool", usage="Ignore DaemonSet-managed pods."),
    Flag("pod-selector", usage="Label selector to filter pods on the node"),
    Flag("skip-wait-for-delete-timeout", "int", usage="If pod DeletionTimestamp older than N seconds, skip waiting for the pod. 0 skips none."),
    Flag("timeout", "duration", usage="The length of time to wait before giving up, zero means infinite"),
)


class DrainOptions(cordoning.Nodes):
    """What `kctl drain` was asked for."""

    path = "drain"

    def check(self) -> None:
        """Refuse a selector that makes no sense."""
        from minikube_py.machinery import selectors

        try:
            selectors.parse(self.values["pod-selector"])
        except ValueError as error:
            raise KctlError("--pod-selector=<pod_selector> must be a valid label selector") from error

    def run(self) -> int | None:
        """Keep new pods away, and take those that are there off the nodes."""
        self.cordon(True)
        fatal: list[KctlError] = []
        remaining = []
        for info in self.nodes:
            try:
                self._drain(info)
            except KctlError as error:
                print(f'error: unable to drain node "{info.name}" due to error: {error}, continuing command...', file=self.factory.streams.err)
                fatal.append(error)
                remaining.append(info.name)
            else:
                self.tell(info.there, "drained")
        if remaining:
            print("There are pending nodes to be drained:", *(f" {name}" for name in remaining), sep="\n", file=self.factory.streams.err)
            raise failures.Several(fatal)
        return None

    def _drain(self, info: Info) -> None:
        plan = self._plan(info.name)
        if plan.refusals():
            raise failures.Several(plan.refusals())
        if plan.warning():
            print(f"Warning: {plan.warning()}", file=self.factory.streams.err)
        pods = plan.pods
        if self.dry_run == dryrun.CLIENT:
            for pod in pods:
                print(f"evicting pod {pod['metadata']['namespace']}/{pod['metadata']['name']} (dry run)", file=self.factory.streams.out)
            return
        try:
            self._take_off(pods)
        except KctlError as error:
            self._tell_pending(info.name, error)
            raise

    def _take_off(self, pods: list[Object]) -> None:
        if not pods:
            return
        evictions = evicting.Evictions(self.factory, self.client, self.tell)
        if self.values["disable-eviction"]:
            evictions.delete(pods, self.dry_run)
        else:
            evictions.evict(pods, self.dry_run)

    def _tell_pending(self, node: str, error: KctlError) -> None:
        err, plan = self.factory.streams.err, self._plan(node)
        if plan.pods:
            print(f'There are pending pods in node "{node}" when an error occurred: {error}', file=err)
            for pod in plan.pods:
                print(f"pod/{pod['metadata']['name']}", file=err)
        if plan.refusals():
            err.write(f"Following errors occurred while getting the list of pods to delete:\n{failures.Several(plan.refusals())}")

    def _plan(self, node: str) -> draining.Plan:
        values = self.values
        rules = draining.Rules(values["force"], values["ignore-daemonsets"], values["delete-emptydir-data"], values["skip-wait-for-delete-timeout"],
                               self.factory.clock.now(), lambda namespace, name: self.client.get("daemonsets.apps", name, namespace))  # fmt: skip
        return draining.Plan(self._pods(node), rules)

    def _pods(self, node: str) -> list[Object]:
        return self.client.items("pods", "", label_selector=self.values["pod-selector"], field_selector=f"spec.nodeName={node}",
                                 limit=self.values["chunk-size"])  # fmt: skip


COMMAND = Command(
    "drain",
    "Drain node in preparation for maintenance",
    "NODE [options]",
    FLAGS,
    DrainOptions,
    long="""Take all pods off a node, so that it can be switched off: new ones are kept away, and those that are there are evicted. Evictions
ask the disruption budgets and are tried again until they are allowed.

 Pods of daemon sets stay, and must be left out on purpose with --ignore-daemonsets. Pods that nothing would create again, and
those with data in an emptyDir, are only taken with --force and --delete-emptydir-data.""",
    examples="""  # Take all pods off a node
  kctl drain minikube --ignore-daemonsets

  # Also those that nothing would create again
  kctl drain minikube --ignore-daemonsets --force

  # See first what would go
  kctl drain minikube --ignore-daemonsets --dry-run=client""",
)
