"""What happens to a request that the filters let through: one module a verb."""
