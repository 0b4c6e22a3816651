"""Command lines and what kubectl 1.33 prints for them against `kctl serve`: kctl must print the same. See script.py for the form of the files."""
