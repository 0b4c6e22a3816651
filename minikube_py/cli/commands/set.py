"""kctl set: the family of commands that change one thing of objects."""

from minikube_py.cli.command import Family

COMMAND = Family(
    "set",
    "Set specific features on objects",
    "SUBCOMMAND [options]",
    {
        "env": ("set_env", "Update environment variables on a pod template"),
        "image": ("set_image", "Update the image of a pod template"),
        "resources": ("set_resources", "Update resource requests/limits on objects with pod templates"),
        "selector": ("set_selector", "Set the selector on a resource"),
        "serviceaccount": ("set_serviceaccount", "Update the service account of a resource"),
        "subject": ("set_subject", "Update the user, group, or service account in a role binding or cluster role binding"),
    },
    long="Change one thing of objects that are there already.",
    examples="""  # Another image for a container
  kctl set image deployment/shop web=nginx:1.27""",
    synonyms={"sa": "serviceaccount"},
)
