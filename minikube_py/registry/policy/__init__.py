"""Strategies of policy/v1."""

# Plural -> module below this package that holds STRATEGY.
LOCATIONS = {"poddisruptionbudgets": "poddisruptionbudgets"}
