"""Strategies of apiextensions.k8s.io/v1."""

# Plural -> module below this package that holds STRATEGY.
LOCATIONS = {"customresourcedefinitions": "customresourcedefinitions"}
