"""Strategies of admissionregistration.k8s.io/v1. CEL expressions are checked for presence, not compiled."""

# Plural -> module below this package that holds STRATEGY.
LOCATIONS = {
    "mutatingwebhookconfigurations": "mutatingwebhookconfigurations",
    "validatingadmissionpolicies": "validatingadmissionpolicies",
    "validatingadmissionpolicybindings": "validatingadmissionpolicybindings",
    "validatingwebhookconfigurations": "validatingwebhookconfigurations",
}
