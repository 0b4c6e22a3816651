"""Kustomizations: what `kubectl kustomize` and -k build. Reads files below a root and never writes; knows no cluster."""
