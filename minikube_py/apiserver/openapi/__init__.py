"""OpenAPI documents made from the schemas and the resources that are served: v3 for each group version, v2 in one piece. No prose of our own."""
