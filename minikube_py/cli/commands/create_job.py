"""kctl create job."""

from minikube_py.cli import generating, lookup, typedobjects
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

_MANUAL = {"cronjob.kubernetes.io/instantiate": "manual"}


class JobOptions(generating.Generator):
    """What `kctl create job` was asked for."""

    path = "create job"
    failure = "failed to create job: "

    def validate(self) -> None:
        """Refuse what makes no sense."""
        if bool(self.values["image"]) == bool(self.values["from"]):
            raise KctlError("either --image or --from must be specified")
        if self.command and self.values["from"]:
            raise KctlError("cannot specify --from and command")

    def build(self) -> Object:
        """Return the job."""
        if self.values["from"]:
            return self._of_cron_job(self._source())
        pod = {"containers": [generating.container(self.name, self.values["image"], self.command)], "restartPolicy": "Never"}
        return {**self.object("Job", "batch/v1"), "spec": {"template": {"spec": pod}}}

    def _source(self) -> Object:
        wanted = lookup.Query([self.values["from"]])
        infos, broken = lookup.find(self.factory, self.factory.client("kubectl"), wanted).collect()
        if broken is not None:
            raise broken
        if len(infos) != 1:
            raise KctlError("from must be an existing cronjob")
        found = typedobjects.require(infos[0])
        if typedobjects.go_type(found) != "*v1.CronJob":
            raise KctlError(f"unknown object type {typedobjects.go_type(found)}")
        return found

    def _of_cron_job(self, cron_job: Object) -> Object:
        template = cron_job["spec"]["jobTemplate"]
        metadata = template.get("metadata") or {}
        owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": cron_job["metadata"]["name"], "uid": cron_job["metadata"]["uid"], "controller": True}
        job = self.object("Job", "batch/v1", annotations={**_MANUAL, **(metadata.get("annotations") or {})},
                          labels=metadata.get("labels"), ownerReferences=[owner])  # fmt: skip
        return {**job, "spec": template["spec"]}


COMMAND = Command(
    "create job",
    "Create a job with the specified name",
    "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...] [options]",
    (
        Flag("from", usage="What to make the job from: cronjob/NAME."),
        Flag("image", usage="Image to run."),
        *generating.FLAGS,
    ),
    JobOptions,
    examples="""  # Run a program once
  kctl create job hello --image=busybox -- echo hello

  # Run what a cron job would run, now
  kctl create job backup-now --from=cronjob/backup""",
)
