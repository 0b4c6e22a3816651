"""Strategies of autoscaling: stored as v2, served as v1 too."""

# Plural -> module below this package that holds STRATEGY.
LOCATIONS = {"horizontalpodautoscalers": "horizontalpodautoscalers"}
