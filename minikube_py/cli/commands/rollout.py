"""kctl rollout: the family of commands around rollouts."""

from minikube_py.cli.command import Family

COMMAND = Family(
    "rollout",
    "Manage the rollout of a resource",
    "SUBCOMMAND [options]",
    {
        "history": ("rollout_history", "View rollout history"),
        "pause": ("rollout_pause", "Mark the provided resource as paused"),
        "restart": ("rollout_restart", "Restart a resource"),
        "resume": ("rollout_resume", "Resume a paused resource"),
        "status": ("rollout_status", "Show the status of the rollout"),
        "undo": ("rollout_undo", "Undo a previous rollout"),
    },
    long="Follow, stop, repeat and undo the rollouts of deployments, daemon sets and stateful sets.",
    examples="""  # Wait until a deployment is rolled out
  kctl rollout status deployment/shop

  # Back to the revision before
  kctl rollout undo deployment/shop""",
    alone_on_out=True,
)
