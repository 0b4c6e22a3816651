"""The only door to the store: one chain of filters and handlers for every request, whoever sends it."""
