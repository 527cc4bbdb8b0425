"""Shared libraries in the loader's directories that nothing names.

The loader looks there only for what a NEEDED entry or a dlopen(3) names, and both are followed from what stays. A
library in a directory of its own, or whose name does not begin with ``lib``, is a plugin, and stays with its unit.
"""

import re

from shave.scene import Scene

_LOADED = re.compile(r"(?:usr/)?lib(?:32|64|x32)?/(?:[^/]+-linux-[^/]+/)?(?:lib|ld)[^/]*\.so(?:\.[^/]*)?")
_GCONV = re.compile(r"(?:usr/)?lib(?:64)?/(?:[^/]+/)?gconv/.*")


class Libraries:
    """Leaves out libraries of standard directories, and the converters of iconv(3)."""

    def __init__(self, scene: Scene) -> None:
        pass

    def spares(self, path: str) -> str:
        """Words for a library."""
        if _LOADED.fullmatch(path):
            return "a library that nothing names"
        if _GCONV.fullmatch(path):
            return "a character set converter that nothing asks for"
        return ""
