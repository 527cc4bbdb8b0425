"""What chmod makes of a mode. Source: chmod(1p), octal digits and symbolic modes, with a umask of 022."""

import re

_CLAUSE = re.compile(r"([ugoa]*)((?:[-+=][rwxXst]*)+)")
_ACTION = re.compile(r"([-+=])([rwxXst]*)")
_WHO = {"u": 0o4700, "g": 0o2070, "o": 0o1007}
_UMASK = 0o022
_WHAT = {"r": 0o444, "w": 0o222, "x": 0o111, "s": 0o6000, "t": 0o1000}


def changed(mode: int, text: str, directory: bool) -> int | None:
    """The mode (permission bits) after ``chmod TEXT``; None for what is no mode."""
    if re.fullmatch("[0-7]{1,5}", text):
        # octal digits leave a directory its set-id bits unless five are given (GNU chmod)
        kept = mode & 0o6000 if directory and len(text) < 5 else 0
        return int(text, 8) & 0o7777 | kept
    for clause in text.split(","):
        found = _CLAUSE.fullmatch(clause)
        if not found:
            return None
        for operator, letters in _ACTION.findall(found[2]):
            mode = _acted(mode, found[1], operator, letters, directory)
    return mode


def _acted(mode: int, who: str, operator: str, letters: str, directory: bool) -> int:
    scope = 0o7777 if not who or "a" in who else 0
    for letter in who.replace("a", ""):
        scope |= _WHO[letter]
    bits = 0
    for letter in letters:
        if letter == "X":
            bits |= 0o111 if directory or mode & 0o111 else 0
        else:
            bits |= _WHAT[letter]
    bits &= scope & (0o7777 if who else ~_UMASK)
    if operator == "+":
        return mode | bits
    if operator == "-":
        return mode & ~bits
    kept = 0o6000 if directory and "s" not in letters else 0
    return (mode & (~scope | kept)) | bits
