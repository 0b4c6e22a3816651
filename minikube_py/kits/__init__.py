"""Small tools that know nothing of Kubernetes: clock, YAML, JSON, data files."""
