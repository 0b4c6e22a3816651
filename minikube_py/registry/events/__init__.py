"""Strategies of events.k8s.io/v1: the same objects as the core group's events."""

# Plural -> module below this package that holds STRATEGY.
LOCATIONS = {"events": "events"}
