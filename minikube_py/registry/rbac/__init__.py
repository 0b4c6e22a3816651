"""Strategies of rbac.authorization.k8s.io/v1. Whether a user may grant what a role grants is for the authorizer to say."""

# Plural -> module below this package that holds STRATEGY.
LOCATIONS = {
    "clusterrolebindings": "clusterrolebindings",
    "clusterroles": "clusterroles",
    "rolebindings": "rolebindings",
    "roles": "roles",
}
