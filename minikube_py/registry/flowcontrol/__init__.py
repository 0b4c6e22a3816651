"""Strategies of flowcontrol.apiserver.k8s.io/v1. The two mandatory objects of each kind may be changed here, unlike in kube-apiserver."""

# Plural -> module below this package that holds STRATEGY.
LOCATIONS = {"flowschemas": "flowschemas", "prioritylevelconfigurations": "prioritylevelconfigurations"}
