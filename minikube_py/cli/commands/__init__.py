"""Which commands there are, in the groups and the order of `kctl --help`. Each module is imported when its command is used.

A module holds COMMAND, a Command or a Family; or APP, a typer.Typer for kctl's own commands.
"""

from typing import Any

from minikube_py import kits

GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    "Basic Commands (Beginner):": {
        "create": ("create", "Create a resource from a file or from stdin"),
        "expose": ("expose", "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service"),
        "run": ("run", "Run a particular image on the cluster"),
        "set": ("set", "Set specific features on objects"),
    },
    "Basic Commands (Intermediate):": {
        "explain": ("explain", "Get documentation for a resource"),
        "get": ("get", "Display one or many resources"),
        "edit": ("edit", "Edit a resource on the server"),
        "delete": ("delete", "Delete resources by file names, stdin, resources and names, or by resources and label selector"),
    },
    "Deploy Commands:": {
        "rollout": ("rollout", "Manage the rollout of a resource"),
        "scale": ("scale", "Set a new size for a deployment, replica set, or replication controller"),
        "autoscale": ("autoscale", "Auto-scale a deployment, replica set, stateful set, or replication controller"),
    },
    "Cluster Management Commands:": {
        "certificate": ("certificate", "Modify certificate resources"),
        "cluster": ("cluster", "Create, list, choose and delete the clusters of this machine"),
        "cluster-info": ("cluster_info", "Display cluster information"),
        "top": ("top", "Display resource (CPU/memory) usage"),
        "cordon": ("cordon", "Mark node as unschedulable"),
        "uncordon": ("uncordon", "Mark node as schedulable"),
        "drain": ("drain", "Drain node in preparation for maintenance"),
        "taint": ("taint", "Update the taints on one or more nodes"),
        "serve": ("serve", "Serve the API of a cluster over HTTPS"),
    },
    "Troubleshooting and Debugging Commands:": {
        "describe": ("describe", "Show details of a specific resource or group of resources"),
        "logs": ("logs", "Print the logs for a container in a pod"),
        "attach": ("attach", "Attach to a running container"),
        "exec": ("exec", "Execute a command in a container"),
        "port-forward": ("port_forward", "Forward one or more local ports to a pod"),
        "proxy": ("proxy", "Run a proxy to the Kubernetes API server"),
        "cp": ("cp", "Copy files and directories to and from containers"),
        "auth": ("auth", "Inspect authorization"),
        "debug": ("debug", "Create debugging sessions for troubleshooting workloads and nodes"),
        "events": ("events", "List events"),
    },
    "Advanced Commands:": {
        "diff": ("diff", "Diff the live version against a would-be applied version"),
        "apply": ("apply", "Apply a configuration to a resource by file name or stdin"),
        "patch": ("patch", "Update fields of a resource"),
        "kustomize": ("kustomize", "Build a kustomization target from a directory or URL"),
        "replace": ("replace", "Replace a resource by file name or stdin"),
        "wait": ("wait", "Wait for a specific condition on one or many resources"),
    },
    "Settings Commands:": {
        "label": ("label", "Update the labels on a resource"),
        "annotate": ("annotate", "Update the annotations on a resource"),
        "completion": ("completion", "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)"),
    },
    "Other Commands:": {
        "api-resources": ("api_resources", "Print the supported API resources on the server"),
        "api-versions": ("api_versions", 'Print the supported API versions on the server, in the form of "group/version"'),
        "config": ("config", "Modify kubeconfig files"),
        "plugin": ("plugin", "Provides utilities for interacting with plugins"),
        "version": ("version", "Print the client and server version information"),
    },
}
MEANT: dict[str, tuple[str, ...]] = {"list": ("get", "wait"), "ps": ("get", "wait"), "rm": ("delete",)}  # words of other tools, for suggestions only
_HIDDEN = {"alpha": "alpha"}  # commands that no help lists


def find(name: str) -> str | None:
    """Return the module of a command, or None."""
    for group in GROUPS.values():
        if name in group:
            return group[name][0]
    return _HIDDEN.get(name)


def names() -> list[str]:
    """Return all commands."""
    return [name for group in GROUPS.values() for name in group]


def load(module: str) -> Any:
    """Import the module of a command."""
    return kits.imported(f"{__name__}.{module}")
