"""Packages that nobody needs, by the records of layers as dpkg, apt and apk write them."""

from collections.abc import Mapping
from random import Random

from shave.catalog.explained import Explained, explain
from shave.events import silent
from shave.finding import Place
from shave.testing import Member, image
from shave.verbs.lint_installed import is_asked_known, only_for, only_for_tools, only_recommended
from shave.verbs.lint_places import Places

CHANCE = Random(8)
Package = Mapping[str, str]


def package(name: str, **fields: str) -> Package:
    return {"Package": name, "Status": "install ok installed", "Architecture": "amd64", "Version": "1", **fields}


def dpkg(*packages: Package, automatic: str = "", more: tuple[str, ...] = ()) -> dict[str, Member]:
    """What a layer has after dpkg ran: the status of all, and a file, a list and a directory of those named in ``more``
    (of all without).
    """
    status = "".join("".join(f"{key}: {value}\n" for key, value in each.items()) + "\n" for each in packages)
    states = "\n".join(f"Package: {name}\nArchitecture: amd64\nAuto-Installed: 1\n" for name in automatic.split())
    members: dict[str, Member] = {
        "var/lib/dpkg/status": status.encode(),
        "var/lib/apt/extended_states": states.encode(),
    }
    for name in more or tuple(each["Package"] for each in packages):
        members[f"var/lib/dpkg/info/{name}.list"] = f"/.\n/usr\n/usr/{name}\n/usr/{name}/file\n".encode()
        members[f"usr/{name}/file"] = CHANCE.randbytes(1000)
    return members


def explained(*layers: dict[str, Member]) -> Explained:
    return explain(image(*layers), silent)


def files(found: list[Place]) -> set[str]:
    """The names of the packages whose files are there."""
    return {place.path.split("/")[1] for place in found if place.path.endswith("/file")}


def recommended(made: Explained, layer: int = 1) -> set[str]:
    return files(list(only_recommended(made, layer, Places(made))))


def for_tools(made: Explained, layer: int = 1) -> set[str]:
    return files(list(only_for_tools(made, layer, Places(made))))


BASE = package("base")
GIT = package("git", Depends="liberror", Recommends="less, patch")
ERROR = package("liberror")
LESS = package("less", Depends="libless (>= 1), libtinfo")
LIBLESS = package("libless")
NEW = ("git", "liberror", "less", "libless")


def test_recommended_are_those_that_nothing_depends_on() -> None:
    after = dpkg(BASE, GIT, ERROR, LESS, LIBLESS, automatic="liberror less libless", more=NEW)
    assert recommended(explained(dpkg(BASE), after)) == {"less", "libless"}


def test_who_was_asked_for_by_name_is_not_recommended() -> None:
    after = dpkg(BASE, GIT, ERROR, LESS, LIBLESS, automatic="liberror libless", more=NEW)
    assert recommended(explained(dpkg(BASE), after)) == set()


def test_what_the_base_has_is_not_the_layers() -> None:
    after = dpkg(BASE, LESS, LIBLESS, GIT, ERROR, automatic="liberror less libless", more=("git", "liberror"))
    assert recommended(explained(dpkg(BASE, LESS, LIBLESS, automatic="less libless"), after)) == set()


def test_of_alternatives_one_is_needed_and_whoever_provides_it() -> None:
    agent = package("mailer", Depends="postfix | mail-transport-agent", Recommends="doc")
    exim, doc = package("exim", Provides="mail-transport-agent, smtpd (= 1)"), package("doc")
    after = dpkg(BASE, agent, exim, doc, automatic="exim doc", more=("mailer", "exim", "doc"))
    assert recommended(explained(dpkg(BASE), after)) == {"doc"}


def test_what_a_later_step_needs_would_only_come_later() -> None:
    first = dpkg(BASE, GIT, ERROR, LESS, LIBLESS, automatic="liberror less libless", more=NEW)
    pager = package("pager", Depends="less")
    later = dpkg(BASE, GIT, ERROR, LESS, LIBLESS, pager, automatic="liberror less libless", more=("pager",))
    assert recommended(explained(dpkg(BASE), first, later)) == set()


def test_what_a_later_step_purges_is_in_the_layer_all_the_same() -> None:
    first = dpkg(BASE, GIT, ERROR, LESS, LIBLESS, automatic="liberror less libless", more=NEW)
    later = dpkg(BASE, GIT, ERROR, automatic="liberror", more=())
    assert recommended(explained(dpkg(BASE), first, later)) == {"less", "libless"}


def test_records_and_what_was_made_of_the_files_go_with_them() -> None:
    after = dpkg(BASE, GIT, ERROR, LESS, LIBLESS, automatic="liberror less libless", more=NEW)
    made: dict[str, Member] = {
        "usr/less/__pycache__/x.pyc": b"1" * 500,
        "usr/git/__pycache__/x.pyc": b"1" * 500,
        "var/lib/dpkg/info/less.postinst": b"#!/bin/sh",
        "var/log/dpkg.log": b"line\n" * 100,
    }
    image = explained(dpkg(BASE), {**after, **made})
    found = {place.path: place for place in only_recommended(image, 1, Places(image))}
    assert "usr/less/__pycache__/x.pyc" in found and "usr/git/__pycache__/x.pyc" not in found
    assert "var/lib/dpkg/info/less.postinst" in found
    assert found["var/log/dpkg.log"].unpacked_bytes == 250
    status = found["var/lib/dpkg/status"].unpacked_bytes
    assert status == sum(len(f"{key}: {value}\n") for each in (LESS, LIBLESS) for key, value in each.items()) + 2


def test_tools_go_with_what_came_for_their_sake() -> None:
    gcc = package("gcc", Depends="cpp, libmpc3", Recommends="libc6-dev")
    tools = (gcc, package("cpp"), package("libmpc3"), package("libc6-dev"))
    app = package("app", Depends="libapp", Recommends="app-data")
    rest = (app, package("libapp"), package("app-data"))
    automatic = "cpp libmpc3 libc6-dev libapp app-data"
    new = tuple(each["Package"] for each in (*tools, *rest))
    after = dpkg(BASE, *tools, *rest, automatic=automatic, more=new)
    assert for_tools(explained(dpkg(BASE), after)) == {"gcc", "cpp", "libmpc3", "libc6-dev"}


def test_a_tool_that_the_application_depends_on_stays() -> None:
    app = package("app", Depends="make")
    after = dpkg(BASE, app, package("make"), automatic="make", more=("app", "make"))
    assert for_tools(explained(dpkg(BASE), after)) == set()


def test_a_layer_without_tools_has_none() -> None:
    after = dpkg(BASE, package("orphan"), automatic="orphan", more=("orphan",))
    made = explained(dpkg(BASE), after, {"x": b"1"})
    assert for_tools(made) == for_tools(made, 2) == set()


def test_packages_by_name_and_what_came_for_their_sake() -> None:
    vim = package("vim", Depends="vim-runtime, libgpm", Recommends="xxd")
    after = dpkg(
        BASE,
        *(vim, package("vim-runtime"), package("libgpm"), package("xxd"), package("app", Depends="libgpm")),
        automatic="vim-runtime libgpm xxd",
        more=("vim", "vim-runtime", "libgpm", "xxd", "app"),
    )
    made = explained(dpkg(BASE), after)
    assert files(list(only_for(made, 1, Places(made), {"vim"}))) == {"vim", "vim-runtime", "xxd"}
    assert files(list(only_for(made, 1, Places(made), {"nano", "base"}))) == set()


def apk(*names: str, world: str, **depends: str) -> dict[str, Member]:
    blocks = [f"P:{name}\nV:1\nA:x86_64\n" + f"D:{depends.get(name, '')}\nF:usr/{name}\nR:file\n\n" for name in names]
    members: dict[str, Member] = {"lib/apk/db/installed": "".join(blocks).encode(), "etc/apk/world": world.encode()}
    return members | {f"usr/{name}/file": CHANCE.randbytes(1000) for name in names if name != "musl"}


def test_tools_of_apk() -> None:
    after = apk("musl", "gcc", "isl", "app", "lib", world="musl gcc app .build", gcc="isl", app="lib")
    assert for_tools(explained(apk("musl", world="musl"), after)) == {"gcc", "isl"}


def test_where_records_do_not_say_who_was_asked_for_nobody_counts() -> None:
    new = apk("musl", "gcc", world="")
    del new["etc/apk/world"]
    assert not is_asked_known(explained({"x": b"1"}, new), 1)
    assert is_asked_known(explained(apk("musl", world="musl"), apk("musl", "gcc", world="musl gcc")), 1)
    assert is_asked_known(explained(dpkg(BASE), dpkg(BASE, GIT, more=("git",))), 1)


def test_hostile_records_are_bounded() -> None:
    ring = [package(f"p{n}", Depends=f"p{(n + 1) % 50}", Provides="x", Recommends="x, x | x") for n in range(50)]
    after = dpkg(BASE, *ring, automatic="p1", more=("p1",))
    assert recommended(explained(dpkg(BASE), after)) == set()
    broken = explained(dpkg(BASE), {"var/lib/dpkg/status": b"\0\xff: \n\n\nPackage\n"})
    assert recommended(broken) == for_tools(broken) == set()
