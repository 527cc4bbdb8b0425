"""Ways of breaking what a start needs; of each, the cause that doctor must say first."""

import re
from collections.abc import Iterator
from posixpath import basename

from mutants import Bed, Mutant

_SHELLS = ("sh", "bash", "dash", "ash", "busybox")
_NEWER = re.compile(rb"GLIBC_2\.(3[2-9]|4\d)\0")
_LOADER = b"/lib64/ld-linux-x86-64.so.2"


def user_ghost(bed: Bed) -> Iterator[Mutant]:
    yield Mutant("USER that is no user", ("user-unknown",), "USER ghost", config=bed.configured(user="ghost"))


def user_gone(bed: Bed) -> Iterator[Mutant]:
    user, passwd = bed.run.user, bed.real("/etc/passwd")
    if user and not user[0].isdigit() and passwd:
        lines = [line for line in bed.read(passwd).splitlines(True) if not line.startswith(user.encode() + b":")]
        yield Mutant("line of USER in passwd", ("user-unknown",), user, put=((passwd, b"".join(lines), 0o644),))


def group_ghost(bed: Bed) -> Iterator[Mutant]:
    yield Mutant("group of USER", ("user-unknown",), "USER 0:ghost", config=bed.configured(user="0:ghost"))


def workdir_file(bed: Bed) -> Iterator[Mutant]:
    path = bed.real("/etc/passwd") or bed.program
    if path:
        changed = bed.configured(working_dir=f"/{path}")
        yield Mutant("WORKDIR that is a file", ("workdir-not-directory",), path, config=changed)


def shell_gone(bed: Bed) -> Iterator[Mutant]:
    shell = bed.tree.resolve("/bin/sh", follow_last=False).path
    config = bed.configured(entrypoint=None, cmd=("/bin/sh", "-c", " ".join(bed.words)))
    yield Mutant("shell, command is a string", ("shell-missing",), "/bin/sh", (shell,) if shell else (), config=config)


def command_gone(bed: Bed) -> Iterator[Mutant]:
    gone = tuple({bed.real(name) for name in bed.named(bed.words[0])})
    if gone and basename(bed.words[0]) not in _SHELLS:
        yield Mutant("the command", ("command-missing",), gone[0], gone)


def command_elsewhere(bed: Bed) -> Iterator[Mutant]:
    if "/" not in bed.words[0]:
        env = (*(each for each in bed.run.env or () if not each.startswith("PATH=")), "PATH=/opt/bin")
        yield Mutant("PATH without its directory", ("command-missing",), bed.words[0], config=bed.configured(env=env))


def not_executable(bed: Bed) -> Iterator[Mutant]:
    paths = {bed.real(name) for name in bed.named(bed.words[0])}
    if paths and bed.chain:
        put = tuple((path, bed.read(path), 0o644) for path in sorted(paths))
        yield Mutant("mode of the command", ("not-executable",), put[0][0], put=put)


def command_directory(bed: Bed) -> Iterator[Mutant]:
    place = next((f"/{path}" for path in bed.tree.children if path.count("/") == 1), "")
    if place:
        changed = bed.configured(entrypoint=(place,), cmd=None)
        yield Mutant("command is a directory", ("not-executable",), place, config=changed)


def not_a_program(bed: Bed) -> Iterator[Mutant]:
    if bed.chain:
        body = bed.chance.choice([b"", b"echo hello\n", b"MZ\x90\0", b"\xef\xbb\xbf#!/bin/sh\n"])
        yield Mutant("command is no program", ("not-a-program",), repr(body), put=((bed.chain[0], body, 0o755),))


def carriage_return(bed: Bed) -> Iterator[Mutant]:
    first = bed.chain[0] if bed.chain else ""
    if first and bed.unpacked.read(first, 0, 2) == b"#!":
        body = bed.read(first).replace(b"\n", b"\r\n")
        yield Mutant("CRLF in the script", ("carriage-return",), first, put=((first, body, 0o755),))
    elif shell := bed.real("/bin/sh"):
        body = b"#!/bin/sh\r\nexec " + " ".join(bed.words).encode() + b"\r\n"
        put, changed = (("start.sh", body, 0o755),), bed.configured(entrypoint=("/start.sh",), cmd=None)
        yield Mutant("CRLF in the script", ("carriage-return",), shell, put=put, config=changed)


def interpreter_gone(bed: Bed) -> Iterator[Mutant]:
    if len(bed.chain) > 1:
        if basename(bed.chain[1]) != "env":
            yield Mutant("interpreter of the script", ("interpreter-missing",), bed.chain[1], (bed.chain[1],))
    else:
        name = bed.chance.choice(["/usr/bin/tclsh8", "/opt/venv/bin/python", "/usr/bin/env fish"])
        put, changed = (("start", f"#!{name}\n".encode(), 0o755),), bed.configured(entrypoint=("/start",), cmd=None)
        yield Mutant("interpreter of the script", ("interpreter-missing",), name, put=put, config=changed)


def other_machine(bed: Bed) -> Iterator[Mutant]:
    if bed.program:
        body, machine = bytearray(bed.read(bed.program)), bed.chance.choice([183, 40, 243, 22])
        body[18:20] = machine.to_bytes(2, "little")
        put = ((bed.program, bytes(body), 0o755),)
        yield Mutant("e_machine of the program", ("wrong-architecture",), f"machine {machine}", put=put)


def loader_gone(bed: Bed) -> Iterator[Mutant]:
    elf = bed.elf(bed.program) if bed.program else None
    if elf and elf.interpreter:
        path = bed.tree.resolve(elf.interpreter).path
        if path and path != bed.program:
            yield Mutant("ELF interpreter", ("loader-missing",), path, (path,))


def loader_of_musl(bed: Bed) -> Iterator[Mutant]:
    body = bed.read(bed.program) if bed.program else b""
    if body.count(_LOADER) and not any(path.startswith("lib/ld-musl") for path in bed.tree.nodes):
        other = b"/lib/ld-musl-x86_64.so.1".ljust(len(_LOADER), b"\0")
        put = ((bed.program, body.replace(_LOADER, other), 0o755),)
        yield Mutant("musl's program on glibc", ("loader-missing",), bed.program, put=put)


def library_direct(bed: Bed) -> Iterator[Mutant]:
    for name in bed.chance.sample(bed.libraries[0], len(bed.libraries[0])):
        yield Mutant("NEEDED library, direct", ("library-missing",), name, tuple(bed.by_name[name]))


def library_indirect(bed: Bed) -> Iterator[Mutant]:
    for name in bed.chance.sample(bed.libraries[1], len(bed.libraries[1])):
        yield Mutant("NEEDED library, indirect", ("library-missing",), name, tuple(bed.by_name[name]))


def older_libc(bed: Bed) -> Iterator[Mutant]:
    """The whole library of Debian bullseye, 2.31, for programs that ask for newer versions, or their libraries do."""
    files = [bed.program, *(bed.library(each) for each in bed.libraries[0] if each != "libc.so.6")]
    if "libc.so.6" in bed.libraries[0] and any(_NEWER.search(bed.read(each)) for each in files if each):
        put = tuple(_replaced(bed, "libc.so.6"))
        yield Mutant("libc of Debian bullseye", ("symbol-version-missing",), "2.31", put=put)


def older_libstdcxx(bed: Bed) -> Iterator[Mutant]:
    files = [bed.program, *(bed.library(each) for each in bed.libraries[0])]
    wants = re.compile(rb"GLIBCXX_3\.4\.(29|3\d)\0")
    users = [each for each in files if each and "libstdc++" not in each and wants.search(bed.read(each))]
    if "libstdc++.so.6" in [*bed.libraries[0], *bed.libraries[1]] and users:
        put = tuple(_replaced(bed, "libstdc++.so.6"))
        yield Mutant("libstdc++ of Debian bullseye", ("symbol-version-missing",), users[0], put=put)


def _replaced(bed: Bed, name: str) -> Iterator[tuple[str, bytes, int]]:
    body = (bed.tools / name).read_bytes()
    for path in {bed.real("/" + each) for each in bed.by_name[name]}:
        if path:
            yield path, body, 0o755
