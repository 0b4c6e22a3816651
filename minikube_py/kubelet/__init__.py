"""The kubelets: they bring the pods that are bound to their nodes to life through a container runtime, and report what they see."""
