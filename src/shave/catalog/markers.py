"""Which distribution a ``Requires-Dist`` asks for in an image: environment markers of a machine that is not this one.

Source: the Python Packaging User Guide, "Dependency specifiers".
"""

import re
from functools import lru_cache

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_LONGEST = 4096
_EXTRA = re.compile(r"\bextra\b")
_PYTHON = re.compile(r"\bpython_(?:full_)?version\b")
# An image's files do not say on which machine they will run.
_MACHINE = re.compile(r"\bplatform_(?:machine|release|version)\b")


def required(requirement: str, python: str) -> str:
    """The name that is asked for on Linux without extras; "" where nothing is.

    ``python`` is the image's version (``3.11``), "" if it is not known. What hangs on something unknown is taken to be
    asked for, unless it hangs on an extra too.
    """
    name = NAME.match(requirement.strip())
    marker = requirement.partition(";")[2].strip()
    return name[0] if name and (not marker or _holds(marker, python)) else ""


@lru_cache(maxsize=1024)
def _holds(marker: str, python: str) -> bool:
    if _MACHINE.search(marker) or (not python and _PYTHON.search(marker)):
        return not _EXTRA.search(marker)
    try:
        return len(marker) <= _LONGEST and Marker(marker).evaluate(_environment(python))
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, RecursionError):
        return False


def _environment(python: str) -> dict[str, str]:
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "posix",
        "platform_machine": "",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
    }
