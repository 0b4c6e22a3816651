"""A Kubernetes cluster in one process, with kubectl's command line."""

__version__ = "0.1.0"
KUBERNETES_VERSION = "v1.33.1"
