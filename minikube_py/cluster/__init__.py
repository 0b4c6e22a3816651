"""The composition root: wires store, apiserver and loops into a cluster, bootstraps it, and settles it."""
