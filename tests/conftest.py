"""All tests may use the fixtures that authors of plugins get: kctl, kctl_cluster, kctl_clock."""

pytest_plugins = ["minikube_py.testing"]
