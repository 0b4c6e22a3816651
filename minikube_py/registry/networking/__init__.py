"""Strategies of networking.k8s.io/v1."""

# Plural -> module below this package that holds STRATEGY.
LOCATIONS = {
    "ingressclasses": "ingressclasses",
    "ingresses": "ingresses",
    "ipaddresses": "ipaddresses",
    "networkpolicies": "networkpolicies",
    "servicecidrs": "servicecidrs",
}
