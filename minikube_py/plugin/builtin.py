"""The built-in plugins: what a Kubernetes cluster does by default, registered by the same hooks as strangers' plugins."""

# Which modules, by dotted name, implement a hook, in the order in which they are called. A module is imported once its hook is called.
BUILTIN = {
    "authenticators": ("minikube_py.auth.plugins",),
    "authorizers": ("minikube_py.auth.plugins",),
    "admission_plugins": ("minikube_py.admission.plugins",),
    "controllers": ("minikube_py.controllers.plugins", "minikube_py.scheduler.plugins", "minikube_py.kubelet.plugins"),
    "scheduler_plugins": ("minikube_py.scheduler.plugins",),
    "runtimes": ("minikube_py.kubelet.plugins",),
}
