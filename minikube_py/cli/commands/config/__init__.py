"""kctl config: kubeconfig files."""

from minikube_py.cli.command import Family

COMMAND = Family(
    "config",
    "Modify kubeconfig files",
    "SUBCOMMAND",
    {
        "current-context": ("config.current_context", "Display the current-context"),
        "delete-cluster": ("config.delete_cluster", "Delete the specified cluster from the kubeconfig"),
        "delete-context": ("config.delete_context", "Delete the specified context from the kubeconfig"),
        "delete-user": ("config.delete_user", "Delete the specified user from the kubeconfig"),
        "get-clusters": ("config.get_clusters", "Display clusters defined in the kubeconfig"),
        "get-contexts": ("config.get_contexts", "Describe one or many contexts"),
        "get-users": ("config.get_users", "Display users defined in the kubeconfig"),
        "rename-context": ("config.rename_context", "Rename a context from the kubeconfig file"),
        "set": ("config.set", "Set an individual value in a kubeconfig file"),
        "set-cluster": ("config.set_cluster", "Set a cluster entry in kubeconfig"),
        "set-context": ("config.set_context", "Set a context entry in kubeconfig"),
        "set-credentials": ("config.set_credentials", "Set a user entry in kubeconfig"),
        "unset": ("config.unset", "Unset an individual value in a kubeconfig file"),
        "use-context": ("config.use_context", "Set the current-context in a kubeconfig file"),
        "view": ("config.view", "Display merged kubeconfig settings or a specified kubeconfig file"),
    },
    long="""Modify kubeconfig files using subcommands like "kctl config set current-context my-context".

 kctl has a kubeconfig of its own, the file "config" in $KCTL_HOME. With --kubeconfig these commands work on another file.
 The one of kubectl is never touched by itself.""",
    synonyms={"use": "use-context"},
)
