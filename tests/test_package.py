from shave.package import Package, owners, real_paths
from shave.tree import Entry, Node, Tree


def test_what_several_packages_have_is_nobodys() -> None:
    one = Package("dpkg", "one", "1", ("usr", "usr/a"))
    two = Package("dpkg", "two:amd64", "2", ("usr", "usr/b"))
    assert owners((one, two)) == {"usr/a": "dpkg:one", "usr/b": "dpkg:two:amd64"}


def test_what_two_managers_have_is_the_firsts() -> None:
    system = Package("dpkg", "python3-flask", "1", ("a", "b"))
    language = Package("python", "flask", "1", ("b", "c"))
    assert owners((system, language)) == {"a": "dpkg:python3-flask", "b": "dpkg:python3-flask", "c": "python:flask"}


def test_real_paths() -> None:
    entries = [Entry("lib", "symlink", link="usr/lib"), Entry("usr", "directory"), Entry("usr/lib", "directory")]
    real = real_paths(Tree({entry.path: Node(entry, 0, (0, entry.path)) for entry in entries}))
    for path in ("/lib/a/b", "lib/a/b", "/usr/../lib/./a//b/", "/lib/a/c/../b", "/nothing/../lib/a/b"):
        assert real(path) == "usr/lib/a/b", path
    assert (real("/"), real("/lib"), real("/.."), real("/x")) == ("", "lib", "", "x")
