"""Container runtimes: one module each, behind the protocol of minikube_py.kubelet.runtime."""
