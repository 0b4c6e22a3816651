"""Strategies of scheduling.k8s.io/v1."""

# Plural -> module below this package that holds STRATEGY.
LOCATIONS = {"priorityclasses": "priorityclasses"}
