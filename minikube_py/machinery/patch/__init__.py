"""Patches: JSON (RFC 6902), merge (RFC 7386), strategic merge, and the three-way kind of kubectl apply. Arguments are never changed."""
