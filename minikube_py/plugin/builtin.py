"""The built-in plugins, by dotted name: what a Kubernetes cluster does by default, registered through the same door as strangers'."""

BUILTIN = (
    "minikube_py.auth.plugins",
    "minikube_py.admission.plugins",
    "minikube_py.controllers.plugins",
    "minikube_py.scheduler.plugins",
    "minikube_py.kubelet.plugins",
)
