"""yum and dnf: which program they are there, where its cache is, and what only fetches."""

import pytest

from shave.lint import LintFinding
from shave.recipe import read
from shave.rules import RULES
from shave.rules.known import NOTHING
from shave.rules.rpm import release

RULE = {rule.id: rule for rule in RULES}


def found(rule: str, text: str) -> list[LintFinding]:
    return list(RULE[rule].look(read(text.encode()), NOTHING))


@pytest.mark.parametrize(
    ("base", "program"),
    [
        ("docker.io/library/rockylinux:9.3-minimal", "dnf"),
        ("quay.io/centos/centos:stream9", "dnf"),
        ("registry.access.redhat.com/ubi9/ubi-minimal:9.2", "dnf"),
        ("public.ecr.aws/amazonlinux/amazonlinux:2023.1", "dnf"),
        ("fedora:40", "dnf"),
        ("fedora:41", "dnf5"),
        ("fedora", "dnf5"),
        ("centos:centos7.9.2009", "yum"),
        ("amazonlinux:2", "yum"),
        ("centos", None),
        ("fedora@sha256:12", None),
        ("acme/app:9", None),
        (None, None),
    ],
)
def test_release(base: str | None, program: str | None) -> None:
    known = release(base)
    assert (known.program if known else None) == program


@pytest.mark.parametrize(
    ("rule", "base", "run"),
    [
        ("SHV113", "fedora:41", "dnf install -y git && rm -rf /var/cache/dnf"),
        ("SHV113", "fedora:40", "dnf install -y git && rm -rf /var/cache/libdnf5"),
        ("SHV113", "fedora:41", "--mount=type=cache,target=/var/cache/dnf dnf install -y git"),
        ("SHV112", "rockylinux:9", "yum install -y git && rm -rf /var/cache/yum"),
        ("SHV112", "centos:7", "yum install -y git && rm -rf /var/cache/dnf"),
        ("SHV113", "fedora:40", "dnf in -y git"),
        ("SHV112", "centos:7", "yum-builddep -y x.spec"),
    ],
)
def test_the_cache_of_another_program_is_not_the_one_that_stays(rule: str, base: str, run: str) -> None:
    assert len(found(rule, f"FROM {base}\nRUN {run}\n")) == 1


@pytest.mark.parametrize(
    ("rule", "base", "run"),
    [
        ("SHV113", "fedora:41", "dnf install -y git && rm -rf /var/cache/libdnf5"),
        ("SHV113", "fedora:41", "--mount=type=cache,target=/var/cache/libdnf5 dnf install -y git"),
        ("SHV113", "acme/app", "dnf install -y git && rm -rf /var/cache/dnf"),
        ("SHV112", "rockylinux:9", "yum install -y git && rm -rf /var/cache/dnf"),
        ("SHV112", "acme/app", "yum install -y git && rm -rf /var/cache/yum"),
        ("SHV112", "centos:7", "yum-builddep -y x.spec && yum clean all"),
    ],
)
def test_where_the_cache_is_that_stays(rule: str, base: str, run: str) -> None:
    assert not found(rule, f"FROM {base}\nRUN {run}\n")


@pytest.mark.parametrize(
    ("rule", "text", "fix", "is_safe"),
    [
        ("SHV113", "dnf makecache\nRUN dnf install -y git && dnf clean all\n", "remove the RUN", True),
        ("SHV113", "dnf makecache\nCOPY . .\nRUN ./install.sh\n", "remove the RUN, if line 4 does not need", False),
        ("SHV113", "dnf makecache\nRUN dnf -C install -y git && dnf clean all\n", "remove the RUN, if line 3", False),
        ("SHV114", "zypper -n ref\nRUN ls\n", "remove the RUN", True),
        ("SHV114", "zypper -n --gpg-auto-import-keys ref\nRUN ls\n", "zypper clean --all in the same RUN", True),
        ("SHV112", "yum makecache && yum install -y git\nRUN ./x\n", "yum clean all in the same RUN", True),
    ],
)
def test_a_run_that_only_fetches_goes(rule: str, text: str, fix: str, is_safe: bool) -> None:
    (first, *_) = found(rule, f"FROM acme/app\nRUN {text}")
    assert first.fix
    assert first.fix.text.startswith(fix)
    assert first.fix.is_safe is is_safe


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("dnf --installroot /sys -y install a", ["dnf clean all --installroot=/sys in the same RUN"]),
        ("dnf --installroot=/sys -y install a && dnf clean all", ["dnf clean all --installroot=/sys in the same RUN"]),
        ("dnf --installroot=/sys -y install a && dnf --installroot=/sys clean all", []),
        ("dnf --installroot=/sys -y install a && rm -rf /sys/var/cache/*", []),
        ("dnf --installroot=/sys -y install a\nRUN dnf --installroot=/sys clean all", []),
        (
            "dnf --installroot=/sys -y install a && dnf clean all\nRUN dnf clean all --installroot=/other",
            ["dnf clean all --installroot=/sys in the same RUN"],
        ),
        ('dnf --installroot="$WHERE" -y install a', []),
    ],
)
def test_a_root_of_another_image_has_a_cache_of_its_own(run: str, expected: list[str]) -> None:
    build = f"FROM fedora:40 AS build\nRUN {run}\nFROM scratch\nCOPY --from=build "
    several = found("SHV113", f"{build}/sys/ /\n")
    assert [each.fix.text for each in several if each.fix] == expected
    line = build.count("\n") + 1
    assert all(each.text == f"dnf's cache stays in /sys, which line {line} copies into the image" for each in several)
    assert not found("SHV113", f"{build}/sys/usr /usr\n")


@pytest.mark.parametrize(
    ("base", "place", "is_told"),
    [("fedora:41", "libdnf5", False), ("fedora:40", "libdnf5", True), ("fedora:40", "dnf", False), ("x", "yum", False)],
)
def test_the_cache_in_a_root_is_that_of_the_program_there(base: str, place: str, is_told: bool) -> None:
    run = f"dnf install -y --installroot=/mnt a && rm -rf /mnt/var/cache/{place}"
    assert bool(found("SHV113", f"FROM {base}\nRUN {run}\n")) is is_told


def test_a_clean_up_of_a_root_leaves_the_cache_of_the_image_itself() -> None:
    run = "dnf install -y curl && dnf install -y --installroot=/mnt a && dnf clean all --installroot=/mnt"
    (finding,) = found("SHV113", f"FROM fedora:40\nRUN {run}\n")
    assert finding.text == "dnf's cache stays in the layer"
    assert finding.fix and [edit.replacement for edit in finding.fix.edits] == [b" && dnf clean all"]
