"""Strategies of batch/v1."""

# Plural -> module below this package that holds STRATEGY.
LOCATIONS = {
    "cronjobs": "cronjobs",
    "jobs": "jobs",
}
