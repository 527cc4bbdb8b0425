"""shave makes container images small and proves that they still work.

The verbs are functions here, such as ``shave.open``, ``shave.inspect``, ``shave.slim`` and ``shave.verify`` (see
``shave.api``). They are imported when first used, so that the command line answers quickly.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shave.api import (
        build,
        check,
        copy,
        diff,
        doctor,
        explain,
        files,
        inspect,
        lint,
        mend,
        open,  # noqa: A004
        open_all,
        propose,
        size,
        slim,
        trace,
        validate,
        verify,
        why,
        write,
    )

__version__ = "0.1.0"
__all__ = [
    "__version__",
    "build",
    "check",
    "copy",
    "diff",
    "doctor",
    "explain",
    "files",
    "inspect",
    "lint",
    "mend",
    "open",
    "open_all",
    "propose",
    "size",
    "slim",
    "trace",
    "validate",
    "verify",
    "why",
    "write",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'shave' has no attribute {name!r}")
    from shave import api

    return getattr(api, name)
