"""kctl create cronjob."""

from minikube_py.cli import generating
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.machinery.meta import Object


class CronJobOptions(generating.Generator):
    """What `kctl create cronjob` was asked for."""

    path = "create cronjob"
    failure = "failed to create cronjob: "
    required = ("image", "schedule")

    def build(self) -> Object:
        """Return the cron job."""
        values = self.values
        pod = {"containers": [generating.container(self.name, values["image"], self.command)], "restartPolicy": values["restart"] or "OnFailure"}
        job = {"metadata": {"name": self.name}, "spec": {"template": {"spec": pod}}}
        return {**self.object("CronJob", "batch/v1"), "spec": {"schedule": values["schedule"], "jobTemplate": job}}


COMMAND = Command(
    "create cronjob",
    "Create a cron job with the specified name",
    "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags] [options]",
    (
        Flag("image", usage="Image to run."),
        Flag("restart", usage="Restart policy of the pods: OnFailure or Never."),
        Flag("schedule", usage="When to run it, in Cron's format."),
        *generating.FLAGS,
    ),
    CronJobOptions,
    examples="""  # Run a program each night at two
  kctl create cronjob backup --image=busybox --schedule="0 2 * * *" -- sh -c 'date; echo saved'""",
    aliases=("cj",),
)
