"""Everything that can go wrong, each with its exit code; anything else that is raised is a bug in shave."""


class ShaveError(Exception):
    """One sentence for the user, a hint on what to do about it, and the exit code of the command."""

    exit_code = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(ShaveError):
    """The command line or the configuration says something that cannot be meant."""

    exit_code = 2


class CannotError(ShaveError):
    """What was asked for cannot be done here: a missing tool, a permission, a full disk, a dead engine."""


class BadImageError(ShaveError):
    """The image contradicts itself or its format; the message names layer, entry and offset."""


class NotRunningError(ShaveError):
    """The original image itself does not run as it was asked to; the message carries its output."""
