"""What a Java class file says of what it needs: the version that wrote it, the classes that it names, its modules.

Source: the Java Virtual Machine Specification, 4.1 (ClassFile), 4.4 (constant pool), 4.7.25 (Module).
"""

import struct

from msgspec import Struct

_MAGIC = 0xCAFEBABE
_UTF8, _LONG, _DOUBLE, _CLASS, _MODULE = 1, 5, 6, 7, 19
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
_BEFORE_MEMBERS = 6
_STATIC = 0x0040
_OLDEST = 44
"""Version 45 is that of Java 1.1; since then each release has the next."""


class ClassFile(Struct, frozen=True):
    """``release`` is the Java release whose runtime is the first to take it; ``names`` are the classes that it names in
    the form "java/sql/Driver", sorted; ``requires`` the modules that a module-info cannot do without.
    """

    release: int
    names: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()


class _Pool(Struct, frozen=True):
    """The constants by number: texts, and the numbers of those that classes and modules are called by."""

    texts: dict[int, bytes]
    classes: dict[int, int]
    modules: dict[int, int]
    end: int

    def text(self, number: int) -> str:
        return self.texts.get(number, b"").decode("utf-8", "replace")


def parse(data: bytes) -> ClassFile | None:
    """None for what is no class file, or one that is cut off."""
    try:
        magic, _, major, count = struct.unpack_from(">IHHH", data)
        if magic != _MAGIC:
            return None
        pool = _pool(data, count)
        return ClassFile(major - _OLDEST, _names(pool), _requires(data, pool))
    except (struct.error, IndexError, KeyError):
        return None


def _pool(data: bytes, count: int) -> _Pool:
    pool = _Pool({}, {}, {}, 0)
    at, number = 10, 1
    while number < count:
        tag = data[at]
        if tag == _UTF8:
            (length,) = struct.unpack_from(">H", data, at + 1)
            pool.texts[number] = data[at + 3 : at + 3 + length]
            at += 3 + length
        else:
            if tag in (_CLASS, _MODULE):
                (pool.classes if tag == _CLASS else pool.modules)[number] = struct.unpack_from(">H", data, at + 1)[0]
            at += 1 + _SIZES[tag]
        number += 2 if tag in (_LONG, _DOUBLE) else 1
    return _Pool(pool.texts, pool.classes, pool.modules, at)


def _names(pool: _Pool) -> tuple[str, ...]:
    """Arrays are called "[[Ljava/lang/String;", and those of numbers "[I"."""
    written = {pool.text(number) for number in pool.classes.values()}
    plain = {name.lstrip("[")[1:-1] if name.startswith("[") else name for name in written}
    return tuple(sorted(plain - {""}))


def _requires(data: bytes, pool: _Pool) -> tuple[str, ...]:
    """Out of the attribute of a module-info, which has neither interfaces nor members."""
    if not pool.modules:
        return ()
    interfaces, fields, methods, attributes = struct.unpack_from(">HHHH", data, pool.end + _BEFORE_MEMBERS)
    at = pool.end + _BEFORE_MEMBERS + 8
    for _ in range(0 if interfaces or fields or methods else attributes):
        name, length = struct.unpack_from(">HI", data, at)
        if pool.text(name) == "Module":
            (count,) = struct.unpack_from(">H", data, at + 12)
            rows = [struct.unpack_from(">HHH", data, at + 14 + 6 * row) for row in range(count)]
            return tuple(pool.text(pool.modules[module]) for module, flags, _ in rows if not flags & _STATIC)
        at += 6 + length
    return ()
