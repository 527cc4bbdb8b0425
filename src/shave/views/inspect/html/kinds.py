"""What sort of file a path is, told by its name and mode: good enough to colour a map by, and used for nothing else."""

from shave.verbs.inspected import FileRow

_BELOW = {
    "package records": ("var/lib/dpkg/", "var/lib/apt/", "var/lib/rpm/", "lib/apk/", "usr/lib/sysimage/rpm/"),
    "documentation": ("usr/share/doc/", "usr/share/man/", "usr/share/info/", "usr/local/share/man/"),
    "translations": ("usr/share/locale/",),
    "headers": ("usr/include/", "usr/local/include/"),
}
_ENDINGS = {
    "translations": "mo",
    "byte-compiled Python": "pyc pyo",
    "Python": "py pyi",
    "shared libraries": "so",
    "static libraries and objects": "a la o",
    "headers": "h hh hpp hxx inc",
    "source code": "c cc cpp cxx s go rs java kt scala cs",
    "JavaScript": "js cjs mjs jsx ts cts mts tsx map node",
    "Java": "jar war ear class jmod jsa",
    ".NET": "dll pdb exe nupkg",
    "Perl": "pl pm ph pod ix al",
    "Ruby": "rb gem gemspec rake ri",
    "PHP": "php phar",
    "shell": "sh bash",
    "archives": "gz xz bz2 zst lz4 lz zip tar tgz deb rpm apk whl 7z",
    "pictures and fonts": "png jpg jpeg gif svg svgz ico webp bmp ttf otf woff woff2 eot pfb",
    "text and settings": "txt md rst htm html css scss json yaml yml toml xml ini conf cfg properties list csv sql",
}
_BY_ENDING = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split()}


def kind(row: FileRow) -> str:
    """``shared libraries``, ``programs``, ``links`` …; ``other`` where nothing tells."""
    if row.kind != "file":
        return "links" if row.kind in ("symlink", "hardlink") else "devices and pipes"
    for name, directories in _BELOW.items():
        if row.path.startswith(directories):
            return name
    stem, dot, ending = row.path.rpartition("/")[2].rpartition(".")
    known = _BY_ENDING.get(ending.lower()) if dot else None
    if known or ".so." in stem + dot:
        return known or "shared libraries"
    return "programs" if row.mode & 0o111 else "other"
