"""Debian's formats: packages, their versions and relations, what archives list. Pure."""
