"""``python -m shave``."""

from shave.commands import main

main()
