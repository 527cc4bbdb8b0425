"""What costs bytes and serves nothing. A detector finds one kind of it; this list is the whole family."""

from shave.waste.facts import WasteFact, facts
from shave.waste.proven import waste

__all__ = ["WasteFact", "facts", "waste"]
