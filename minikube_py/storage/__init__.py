"""Keys, bytes and revisions, as etcd has them. Knows nothing of objects; what is damaged is reported, never served."""
