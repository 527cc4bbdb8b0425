"""How a failure inside is told to shave."""

import errno

_LONGEST = 2000


class TaskError(Exception):
    """``kind`` is "image" (the image is at fault), "namespaces" (they are refused) or "cannot" (the machine is)."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def explain(error: OSError | TaskError) -> tuple[str, str]:
    """The kind and the sentence."""
    if isinstance(error, TaskError):
        return error.kind, str(error)[:_LONGEST]
    name = errno.errorcode.get(error.errno or 0, "?")
    return "cannot", f"{error.filename or 'a system call'}: {error.strerror} ({name})"
