"""Quotes, escapes and variables in words, as the builder takes them (moby/buildkit frontend/dockerfile/shell/lex.go).

It is not quite a shell: a command in a RUN goes to the shell as it is, and is not read here.
"""

from collections.abc import Mapping

from msgspec import Struct

from shave.dockerfile.pattern import removed_prefix, removed_suffix, replaced

MAX_VALUE = 1 << 16
"""Characters of the longest value that is made: hostile files double a value in each line."""
_DEEPEST = 50
_SPECIAL = frozenset("@*#?-$!0")


class Token(Struct, frozen=True):
    """A word as it is written, and where (characters)."""

    text: str
    start: int
    end: int


class LexError(ValueError):
    """A quote or substitution that does not end, or one that the builder refuses."""


def expand(text: str, values: Mapping[str, str], escape: str = "\\") -> str | None:
    """A word without its quotes and escapes and with the values of its variables; "" for those without a value.

    None where the builder refuses it (a quote or brace that does not end, ``${x:?message}`` without a value, an unknown
    modifier), and where the value would be very long.
    """
    if not any(each in text for each in ("$", "'", '"', escape)):
        return text
    try:
        return _Lexer(text, escape, values).read()
    except ValueError:
        return None


def unquoted(text: str) -> tuple[Token, ...]:
    """The words of a text without quotes and escapes, ``<< x`` as one; raises LexError."""
    return _Lexer(text, "\\", None).tokens()


def unescaped(text: str) -> tuple[Token, ...]:
    """The same with their quotes."""
    return _Lexer(text, "\\", None, raw_quotes=True).tokens()


def written(text: str) -> tuple[Token, ...]:
    """The same with quotes and escapes, as they are written."""
    return _Lexer(text, "\\", None, raw_quotes=True, raw_escapes=True).tokens()


class _Lexer:
    """``values`` None leaves variables as they are."""

    def __init__(
        self,
        text: str,
        escape: str,
        values: Mapping[str, str] | None,
        raw_quotes: bool = False,
        raw_escapes: bool = False,
    ) -> None:
        self.text, self.escape, self.values = text, escape, values
        self.raw_quotes, self.raw_escapes = raw_quotes, raw_escapes
        self.at = self.depth = self.made = 0
        self.words: list[Token] = []
        self.word_start = 0
        self.parts: list[str] = []

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def next(self) -> str:
        found = self.peek()
        self.at += 1
        return found

    # words: only of the outermost text

    def add(self, text: str, start: int, is_quoted: bool) -> None:
        if self.depth:
            return
        for each in [text] if is_quoted else text:
            if not is_quoted and each.isspace():
                self.end_word(start)
            else:
                if not self.parts:
                    self.word_start = start
                self.parts.append(each)

    def end_word(self, end: int) -> None:
        if word := "".join(self.parts):
            self.words.append(Token(word, self.word_start, end))
            self.parts = []

    def tokens(self) -> tuple[Token, ...]:
        self.read()
        self.end_word(len(self.text))
        return tuple(self.words)

    # values

    def read(self, stop: str = "", is_pattern: bool = False) -> str:
        """Up to ``stop``, which is taken too, or the end."""
        out: list[str] = []
        while self.at < len(self.text):
            start, each = self.at, self.peek()
            if each == stop:
                self.at += 1
                return "".join(out)
            match each:
                case "$":
                    found = self.dollar()
                case "'":
                    found = self.single(is_pattern)
                case '"':
                    found = self.double(is_pattern)
                case "<":
                    found = self.less()
                case self.escape:
                    found = self.escaped()
                case _:
                    found = self.next()
            self.add(found, start, each in "'\"<" or each == self.escape)
            out.append(self.bounded(found))
        if stop:
            raise LexError(f"missing {stop}")
        return "".join(out)

    def bounded(self, text: str) -> str:
        self.made += len(text)
        if self.values is not None and self.made > MAX_VALUE:
            raise LexError("a very long value")
        return text

    def nested(self, stop: str, raw: bool, is_pattern: bool) -> str:
        self.parts.clear()  # as the builder does: a word that was begun before "${x:-y}" is lost
        self.depth += 1
        if self.depth > _DEEPEST:
            raise LexError("nested too deep")
        before, self.raw_escapes = self.raw_escapes, raw
        try:
            return self.read(stop, is_pattern)
        finally:
            self.raw_escapes = before
            self.depth -= 1

    def escaped(self) -> str:
        escape = self.next()
        return (escape if self.raw_escapes else "") + self.next()

    def less(self) -> str:
        """``<<`` with the blanks behind it is the beginning of a word."""
        self.at += 1
        if self.peek() != "<":
            return "<"
        start = self.at
        self.at += 1
        while self.peek() in ("\t", "\r", " "):
            self.at += 1
        return "<" + self.text[start : self.at]

    def single(self, is_pattern: bool) -> str:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise LexError("a single quote that does not end")
        inside = self.text[self.at + 1 : end]
        self.at = end + 1
        if is_pattern:
            inside = inside.replace(self.escape, self.escape * 2)
        return f"'{inside}'" if self.raw_quotes else inside

    def double(self, is_pattern: bool) -> str:
        quote = '"' if self.raw_quotes else ""
        out = [quote]
        self.at += 1
        while each := self.peek():
            if each == '"':
                self.at += 1
                return "".join(out) + quote
            if each == "$":
                out.append(self.bounded(self.dollar()))
                continue
            self.at += 1
            if each == self.escape:
                each = self.escaped_in_quotes(is_pattern)
            out.append(each)
        raise LexError("a double quote that does not end")

    def escaped_in_quotes(self, is_pattern: bool) -> str:
        """Only the quote, the dollar and the escape itself can be escaped; before others it stays."""
        following = self.peek()
        if not following:
            return ""
        if following in ('"', "$", self.escape):
            self.at += 1
            return (self.escape if self.raw_escapes else "") + following
        return self.escape * (2 if self.raw_escapes and (not self.raw_quotes or is_pattern) else 1)

    def dollar(self) -> str:
        start = self.at
        self.at += 1
        if self.peek() != "{":
            name = self.name()
            return self.value(name, start) if name else "$"
        self.at += 1
        if self.peek() in ("", "{", "}", ":"):
            raise LexError("bad substitution")
        name = self.name()
        modifier = self.next()
        if modifier == "}":
            return self.value(name, start)
        if modifier == "/":
            return self.replacement(name, start)
        return self.modified(name, modifier, start)

    def name(self) -> str:
        start = self.at
        if self.peek().isdecimal():
            while self.peek().isdecimal():
                self.at += 1
        elif self.peek() in _SPECIAL and self.peek():
            self.at += 1
        else:
            while (each := self.peek()) and (each.isalpha() or each.isdecimal() or each == "_"):
                self.at += 1
        return self.text[start : self.at]

    def value(self, name: str, start: int) -> str:
        return self.text[start : self.at] if self.values is None else self.values.get(name, "")

    def modified(self, name: str, modifier: str, start: int) -> str:
        """``${x:-word}`` and its like; POSIX.1-2024, Shell Command Language, 2.6.2."""
        null_is_unset = modifier == ":"
        if null_is_unset:
            modifier = self.next()
        is_pattern = modifier in ("#", "%")
        if modifier not in ("+", "-", "?", "#", "%") or (null_is_unset and is_pattern):
            raise LexError("an unknown modifier")
        word = self.nested("}", is_pattern, is_pattern)
        if self.values is None:
            return self.text[start : self.at]
        value = self.values.get(name)
        is_unset = value is None or (null_is_unset and not value)
        match modifier:
            case "-":
                return word if is_unset else value or ""
            case "+":
                return "" if is_unset else word
            case "?" if is_unset:
                raise LexError(f"{name} is not set")
            case "#":
                return removed_prefix(value or "", word)
            case "%":
                return removed_suffix(value or "", word)
        return value or ""

    def replacement(self, name: str, start: int) -> str:
        """``${x/pattern/word}`` for the first, ``${x//pattern/word}`` for all that match; bash(1)."""
        is_all = self.peek() == "/"
        self.at += is_all
        pattern = self.nested("/", True, True)
        word = self.nested("}", True, False)
        if self.values is None:
            return self.text[start : self.at]
        return replaced(self.values.get(name, ""), pattern, word, is_all)
