"""Strategies of storage.k8s.io/v1."""

# Plural -> module below this package that holds STRATEGY.
LOCATIONS = {
    "csidrivers": "csidrivers",
    "csinodes": "csinodes",
    "csistoragecapacities": "csistoragecapacities",
    "storageclasses": "storageclasses",
    "volumeattachments": "volumeattachments",
}
