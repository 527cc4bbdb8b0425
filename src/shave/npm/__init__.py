"""npm's lock files: what is installed where, for which machine, from which registry."""
