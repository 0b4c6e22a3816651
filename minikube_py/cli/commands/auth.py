"""kctl auth: the family of commands around rights."""

from minikube_py.cli.command import Family

COMMAND = Family(
    "auth",
    "Inspect authorization",
    "[flags] [options]",
    {
        "can-i": ("auth_can_i", "Check whether an action is allowed"),
        "reconcile": ("auth_reconcile", "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects"),
        "whoami": ("auth_whoami", "Experimental: Check self subject attributes"),
    },
    long="Ask who you are and what you may do, and bring RBAC objects to the rights that files tell.",
    examples="""  # Who am I for this cluster?
  kctl auth whoami

  # May I delete pods here?
  kctl auth can-i delete pods""",
)
