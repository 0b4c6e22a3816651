"""Strategies of apps/v1."""

# Plural -> module below this package that holds STRATEGY.
LOCATIONS = {
    "controllerrevisions": "controllerrevisions",
    "daemonsets": "daemonsets",
    "deployments": "deployments",
    "replicasets": "replicasets",
    "statefulsets": "statefulsets",
}
