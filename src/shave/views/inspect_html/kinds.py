"""What sort of file a path is, told by its name and mode: good enough to colour a map by, and used for nothing else."""

import re

from shave.verbs.inspected import FileRow

_KINDS = {
    "package records": r"^var/lib/(dpkg|apt|rpm|pacman)/|^lib/apk/|^usr/lib/sysimage/rpm/",
    "documentation": r"^usr/(local/)?share/(doc|man|info|gtk-doc|help)/|(^|/)(README|CHANGELOG|LICEN[CS]E)[^/]*$",
    "translations": r"^usr/(local/)?share/locale/|/LC_MESSAGES/|\.mo$",
    "byte-compiled Python": r"\.py[co]$",
    "Python": r"\.py[iwx]?$",
    "shared libraries": r"\.so(\.[0-9.]+)?$",
    "static libraries and objects": r"\.(l?a|o)$",
    "headers": r"^usr/(local/)?include/|\.(h|hh|hpp|hxx|inc)$",
    "source code": r"\.(c|cc|cpp|cxx|s|go|rs|java|kt|scala|cs|f90|swift)$",
    "JavaScript": r"\.([cm]?[jt]sx?|map|node)$",
    "Java": r"\.(jar|war|ear|class|jmod)$|/lib/(modules|classes\.jsa|server/[^/]*\.jsa)$",
    ".NET": r"\.(dll|pdb|exe|nupkg)$",
    "Perl": r"\.(p[lmh]|pod|ix|al)$",
    "Ruby": r"\.(rb|gem|gemspec|rake|ri)$",
    "PHP": r"\.(php|phar)$",
    "shell": r"\.(sh|bash)$",
    "archives": r"\.(gz|xz|bz2|zst|lz4|lz|zip|tar|tgz|deb|rpm|apk|whl|7z)$",
    "pictures and fonts": r"\.(png|jpe?g|gif|svgz?|ico|webp|bmp|ttf|otf|woff2?|eot|pfb)$",
    "text and settings": (
        r"\.(txt|md|rst|html?|css|s[ac]ss|json|ya?ml|toml|xml|xsl|ini|conf|cfg|properties|list|csv|sql)$|^etc/"
    ),
}
_ANY = re.compile("|".join(f"(?P<_{number}>{pattern})" for number, pattern in enumerate(_KINDS.values())), re.I)
_NAMES = list(_KINDS)


def kind(row: FileRow) -> str:
    """``shared libraries``, ``programs``, ``links`` …; ``other`` where nothing tells."""
    if row.kind in ("symlink", "hardlink"):
        return "links"
    if row.kind != "file":
        return "devices and pipes"
    found = _ANY.search(row.path)
    if found:
        return _NAMES[int(next(name for name, text in found.groupdict().items() if text is not None)[1:])]
    return "programs" if row.mode & 0o111 else "other"
