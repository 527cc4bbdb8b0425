"""shave makes container images small and proves that they still work."""

__version__ = "0.1.0"
