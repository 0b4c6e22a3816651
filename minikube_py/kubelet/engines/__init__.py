"""Container engines: what Docker and Podman have in common, asked of each through its own API."""
