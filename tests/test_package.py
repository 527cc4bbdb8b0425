from shave.package import Package, owners


def test_what_several_packages_have_is_nobodys() -> None:
    one = Package("dpkg", "one", "1", ("usr", "usr/a"))
    two = Package("dpkg", "two:amd64", "2", ("usr", "usr/b"))
    assert owners((one, two)) == {"usr/a": "dpkg:one", "usr/b": "dpkg:two:amd64"}
