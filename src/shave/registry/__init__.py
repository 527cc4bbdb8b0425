"""Repositories of registries, by the OCI distribution specification 1.1."""
