import pytest

from shave.tree import Entry, Node, Tree
from shave.waste import waste


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages.lz4", "apt lists"),
        ("var/cache/apt/archives/curl_7.88_amd64.deb", "apt archives"),
        ("var/cache/apt/pkgcache.bin", "apt archives"),
        ("root/.cache/pip/http-v2/a/b/c", "pip cache"),
        ("home/me/.cache/uv/x", "uv, poetry and pipenv cache"),
        ("root/.npm/_cacache/index-v5/x", "npm, yarn and pnpm cache"),
        ("root/.cache/go-build/00/x-a", "Go build cache"),
        ("usr/share/man/man1/ls.1.gz", "man pages"),
        ("usr/share/doc/bash/changelog.gz", "documentation"),
        ("usr/share/doc/bash/copyright", None),
        ("usr/share/documents/x", None),
        ("var/lib/dpkg/status", None),
        ("var/lib/dpkg/status-old", "debconf and dpkg backups"),
        ("root/.cache/mine/x", None),
        ("srv/.cache/pip/x", None),
        ("usr/include/stdio.h", None),
        ("usr/share/locale/de/LC_MESSAGES/bash.mo", None),
        ("tmp/id_rsa", None),
    ],
)
def test_facts_on_paths(path: str, name: str | None) -> None:
    tree = Tree({path: Node(Entry(path, "file", size=1), 0, (0, path))})
    assert waste(tree) == ({path: name} if name else {})


def test_directories_are_never_waste() -> None:
    path = "var/lib/apt/lists/partial"
    assert waste(Tree({path: Node(Entry(path, "directory"), 0, (0, path))})) == {}
