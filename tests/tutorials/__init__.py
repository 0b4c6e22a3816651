"""Kubernetes' tutorials and its quick reference, line by line, in a shell where `kubectl` is kctl. See pages.py for the form of the files."""
