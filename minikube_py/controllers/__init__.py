"""The control loops of kube-controller-manager: one module each. They see the cluster only through their client."""
