"""What of a package comes in, and where."""

import pytest

from shave.errors import BadImageError
from shave.origins.debian_files import chosen, placed, selection
from shave.spec import Spec
from shave.tar_reader import scan
from shave.testing import Directory, Hardlink, Member, Symlink, layer_tar
from shave.tree import Entry


def entries(members: dict[str, Member]) -> list[Entry]:
    return list(scan((layer_tar(members),)).entries)


def come(members: dict[str, Member], spec: Spec = Spec()) -> list[str]:  # noqa: B008 # frozen
    return sorted(chosen(entries(members), selection(spec)).values())


def test_documentation_manuals_and_translations_stay_out_and_copyright_stays_in() -> None:
    members: dict[str, Member] = {
        "usr/share/doc/foo/": Directory(),
        "usr/share/doc/foo/copyright": b"",
        "usr/share/doc/foo/changelog.gz": b"",
        "usr/share/doc/libfoo": Symlink("foo"),
        "usr/share/doc-base/foo": b"",
        "usr/share/man/man1/": Directory(),
        "usr/share/man/man1/foo.1.gz": b"",
        "usr/share/info/foo.info.gz": b"",
        "usr/share/lintian/overrides/foo": b"",
        "usr/share/locale/de/LC_MESSAGES/foo.mo": b"",
        "usr/share/locale/locale.alias": b"",
        "usr/lib/locale/C.utf8/LC_CTYPE": b"",
        "usr/lib/locale/de_DE.utf8/LC_CTYPE": b"",
        "usr/bin/foo": b"",
    }
    assert come(members) == [
        "usr/bin/foo",
        "usr/lib/locale/C.utf8/LC_CTYPE",
        "usr/share/doc/foo",
        "usr/share/doc/foo/copyright",
        "usr/share/doc/libfoo",
        "usr/share/locale/locale.alias",
    ]


def test_what_the_spec_includes_comes_and_what_it_excludes_does_not() -> None:
    members: dict[str, Member] = {
        "lib/udev/": Directory(),
        "lib/udev/rules": b"",
        "lib/x": b"",
        "usr/share/man/man1/": Directory(),
        "usr/share/man/man1/foo.1.gz": b"",
        "usr/share/man/man1/bar.1.gz": b"",
    }
    spec = Spec(include=("/usr/share/man/man1/foo.*",), exclude=("/lib/**",))
    assert come(members, spec) == ["usr/share/man/man1", "usr/share/man/man1/foo.1.gz"]
    assert come(members, Spec(include=("**",), exclude=("**",))) == sorted(
        {"usr/" + path.strip("/") if path.startswith("lib") else path.strip("/") for path in members}
    )


def test_a_directory_that_is_empty_in_the_package_comes() -> None:
    members: dict[str, Member] = {
        "var/": Directory(),
        "var/log/": Directory(),
        "usr/share/doc/": Directory(),
        "usr/share/doc/foo/": Directory(),
        "usr/share/doc/foo/README": b"",
    }
    assert come(members) == ["var", "var/log"]


def test_directories_of_the_root_that_are_symlinks_now() -> None:
    members: dict[str, Member] = {"bin/": Directory(), "lib/": Directory(), "lib/x": b"", "sbin": Symlink("usr/sbin")}
    assert come(members) == ["sbin", "usr/bin", "usr/lib", "usr/lib/x"]


def test_a_hard_link_goes_where_its_file_went_or_takes_its_place() -> None:
    members: dict[str, Member] = {
        "bin/one": b"12",
        "bin/two": Hardlink("bin/one"),
        "usr/share/man/three": b"345",
        "usr/bin/four": Hardlink("usr/share/man/three"),
        "usr/bin/five": Hardlink("usr/share/man/three"),
    }
    found = entries(members)
    result = {entry.path: entry for entry in placed(found, chosen(found, selection(Spec())))}
    assert list(result) == ["usr/bin/one", "usr/bin/two", "usr/bin/four", "usr/bin/five"]
    assert (result["usr/bin/two"].kind, result["usr/bin/two"].link) == ("hardlink", "usr/bin/one")
    assert (result["usr/bin/four"].kind, result["usr/bin/four"].size) == ("file", 3)
    assert (result["usr/bin/five"].kind, result["usr/bin/five"].link) == ("hardlink", "usr/bin/four")


def test_a_hard_link_to_nothing() -> None:
    found = entries({"a": Hardlink("b")})
    with pytest.raises(BadImageError, match="its hard link /a leads to /b, which it does not have"):
        list(placed(found, {"a": "a"}))
