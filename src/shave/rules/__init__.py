"""What shave lint looks for in Dockerfiles. A rule is one file here; this list is the whole family, by id."""

from shave.rules import apt_lists
from shave.rules.protocol import Look, Rule

RULES: tuple[Rule, ...] = (apt_lists.RULE,)

__all__ = ["RULES", "Look", "Rule"]
