from collections.abc import Iterable

import pytest
from msgspec import structs

from shave.evidence import Access, Evidence
from shave.oci import Config, Healthcheck, HistoryEntry, RootFS, RunConfig, environment
from shave.plan import Plan
from shave.tree import Entry, Node, Tree
from shave.verbs.groups import group, group_bytes
from shave.verbs.plan import decide
from shave.verbs.roots import Wish, application_directory
from shave.verbs.why import why

PASSWD = b"root:x:0:0:root:/root:/bin/sh\nbroken\napp:x:1000:1000::/srv/home:/bin/sh\n"


class Files:
    """Regular files of four bytes each, in layer 1 where the name starts with ``app``, else in layer 0."""

    def __init__(self, paths: Iterable[str]) -> None:
        nodes = {"": Node(Entry("", "directory"), 0, (0, ""))}
        for path in paths:
            above = ""
            for part in path.split("/")[:-1]:
                above = f"{above}/{part}".lstrip("/")
                nodes.setdefault(above, Node(Entry(above, "directory"), 0, (0, above)))
            layer = int(path.startswith("app"))
            nodes[path] = Node(Entry(path, "file", size=4), layer, (layer, path))
        self.tree = Tree(dict(sorted(nodes.items())))

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        return PASSWD if path == "etc/passwd" else b"data"


FILES = Files(
    [
        "app/main.py",
        "app/unused.py",
        "etc/passwd",
        "etc/unused.conf",
        "tmp/x",
        "usr/bin/program",
        "usr/bin/other",
        "usr/share/doc/thing/README",
        "usr/share/doc/thing/copyright",
        "var/lib/apt/lists/index",
    ]
)
CONFIG = Config(
    config=RunConfig(working_dir="/app", env=("A=1", "A=2", "B=x=y")),
    rootfs=RootFS("layers", ("sha256:0", "sha256:1")),
    history=(
        HistoryEntry(created_by="/bin/sh -c apt-get install x"),
        HistoryEntry(created_by="/bin/sh -c #(nop) CMD [x]", empty_layer=True),
        HistoryEntry(created_by="/bin/sh -c #(nop) COPY dir:1 in /app "),
    ),
)
EVIDENCE = Evidence(
    "sha256:c",
    "seccomp",
    (
        Access("/app/main.py", ("opened",), ("start",)),
        Access("/tmp/made", ("created",), ("start",)),
        Access("/usr/bin/other", ("absent",), ("start",)),
        Access("/usr/bin/program", ("executed", "opened"), ("home", "start")),
    ),
)


def kept(plan: Plan) -> set[str]:
    return {found.path for found in plan.kept if found.bytes}


def test_grain_file_keeps_what_was_used_and_the_places_every_image_has() -> None:
    plan = decide(FILES, CONFIG, EVIDENCE, Wish(grain="file"), thin=False)
    assert kept(plan) == {"app/main.py", "etc/passwd", "usr/bin/program"}
    assert {"", "app", "tmp"} <= {found.path for found in plan.kept}
    rules = {found.path: found.rule for found in plan.dropped}
    assert rules["usr/bin/other"] == "not used"
    assert all(found.reasons for found in plan.kept)


def test_the_directory_of_what_a_run_created_stays() -> None:
    made = Evidence("sha256:c", "seccomp", (Access("/var/lib/apt/new/file", ("created",), ("start",)),))
    plan = decide(FILES, CONFIG, made, Wish(grain="file"), thin=False)
    assert {"var", "var/lib", "var/lib/apt"} <= {found.path for found in plan.kept}


def test_every_path_is_either_kept_or_dropped() -> None:
    plan = decide(FILES, CONFIG, EVIDENCE, Wish(grain="file"), thin=False)
    paths = [found.path for found in (*plan.kept, *plan.dropped)]
    assert sorted(paths) == list(FILES.tree.nodes)


def test_what_a_layer_of_before_has_stays_with_it() -> None:
    plan = decide(FILES, CONFIG, EVIDENCE, Wish(grain="file"), thin=False, spared=lambda *kept: ["usr/bin/other"])
    assert kept(plan) == {"app/main.py", "etc/passwd", "usr/bin/program", "usr/bin/other"}
    [reasons] = [found.reasons for found in plan.kept if found.path == "usr/bin/other"]
    assert [reason.because for reason in reasons] == ["previous"]
    assert [found.path for found in plan.kept] == sorted(found.path for found in plan.kept)


def test_application_files_stay_on_request() -> None:
    plan = decide(FILES, CONFIG, EVIDENCE, Wish(grain="file", app=True), thin=False)
    assert "app/unused.py" in kept(plan)


def test_globs_of_the_user() -> None:
    plan = decide(FILES, CONFIG, EVIDENCE, Wish(grain="file", keep=("/etc/**",), drop=("/app/main.py",)), thin=False)
    assert kept(plan) == {"etc/passwd", "etc/unused.conf", "usr/bin/program"}
    assert {found.path: found.rule for found in plan.dropped}["app/main.py"] == "what --drop names"


@pytest.mark.parametrize(("wish", "thin"), [(Wish(grain="waste"), False), (Wish(grain="file"), True)])
def test_only_proven_waste_goes_at_grain_waste_and_on_thin_evidence(wish: Wish, thin: bool) -> None:
    plan = decide(FILES, CONFIG, EVIDENCE, wish, thin)
    assert {found.path: found.rule for found in plan.dropped} == {
        "usr/share/doc/thing/README": "documentation",
        "var/lib/apt/lists/index": "apt lists",
    }
    assert (plan.grain, plan.asked, plan.thin) == ("waste", wish.grain, thin)


def test_a_file_that_was_used_is_no_waste() -> None:
    read = Evidence("sha256:c", "seccomp", (Access("/usr/share/doc/thing/README", ("opened",), ("start",)),))
    plan = decide(FILES, CONFIG, read, Wish(grain="waste"), thin=False)
    assert "usr/share/doc/thing/README" in kept(plan)


def test_groups_add_up() -> None:
    plan = decide(FILES, CONFIG, EVIDENCE, Wish(grain="file"), thin=False)
    rows = group_bytes(plan)
    assert sum(row[0] + row[1] for row in rows.values()) == 10 * 4
    assert rows["programs"] == (4, 4, 1)


def test_a_file_of_several_names_counts_once_at_one_that_stays() -> None:
    files = Files(["usr/bin/aliased", "usr/bin/program", "usr/lib/gone", "usr/lib/gone-too"])
    for path, first in (("usr/bin/program", "usr/bin/aliased"), ("usr/lib/gone-too", "usr/lib/gone")):
        files.tree.nodes[path] = structs.replace(files.tree.nodes[path], inode=(0, first))
    plan = decide(files, CONFIG, EVIDENCE, Wish(grain="file"), thin=False)
    assert {found.path: found.bytes for found in plan.kept if found.bytes} == {"usr/bin/program": 4}
    assert {found.path: found.bytes for found in plan.dropped if found.bytes} == {"usr/lib/gone": 4}


def test_environment_the_last_of_equal_names_wins() -> None:
    assert environment(CONFIG) == {"A": "2", "B": "x=y"}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("etc/passwd", "configuration"),
        ("opt/venv/lib/python3.11/site-packages/flask/app.py", "Python packages"),
        ("usr/lib/python3.11/json/__init__.py", "Python"),
        ("usr/lib/x86_64-linux-gnu/libz.so.1.2", "shared libraries"),
        ("usr/bin/perl", "Perl"),
        ("usr/bin/ls", "programs"),
        ("srv/site/index.html", "application"),
        ("", "application"),
    ],
)
def test_group_of_a_path(path: str, name: str) -> None:
    assert group(path) == name


def test_the_application_directory_is_never_one_of_the_systems() -> None:
    assert application_directory(CONFIG)("app/x")
    assert not application_directory(CONFIG)("apple")
    assert not application_directory(Config(config=RunConfig(working_dir="/usr")))("usr/bin")


def test_why_follows_reasons_to_a_fact() -> None:
    plan = decide(FILES, CONFIG, EVIDENCE, Wish(grain="file"), thin=False)
    answer = why(FILES.tree, CONFIG, plan, "/usr/bin")
    assert (answer.fate, answer.layer) == ("kept", 0)
    assert [step.path for step in answer.chains[0]] == ["usr/bin", "usr/bin/program"]
    assert answer.chains[0][-1].reason.because == "trace"
    gone = why(FILES.tree, CONFIG, plan, "/app/unused.py")
    assert (gone.fate, gone.rule, gone.instruction) == ("dropped", "not used", "COPY dir:1 in /app")


@pytest.mark.parametrize(
    "test", [("CMD-SHELL", "other -f http://localhost/ || exit 1"), ("CMD", "/usr/bin/other"), ("CMD", "other")]
)
def test_the_programs_of_the_health_check_stay(test: tuple[str, ...]) -> None:
    files = Files(FILES.tree.nodes.keys() - {"", *(path for path in FILES.tree.nodes if FILES.tree.children.get(path))})
    node = files.tree.nodes["usr/bin/other"]
    program = structs.replace(node, entry=structs.replace(node.entry, mode=0o755))
    files.tree.nodes["usr/bin/other"] = program
    config = structs.replace(CONFIG, config=RunConfig(healthcheck=Healthcheck(test)))
    assert "usr/bin/other" in kept(decide(files, config, EVIDENCE, Wish(grain="file"), thin=False))


@pytest.mark.parametrize(
    ("user", "home"), [("", "root"), ("app", "srv/home"), ("1000:0", "srv/home"), ("nobody", ""), ("7", "")]
)
def test_the_home_of_the_user_stays(user: str, home: str) -> None:
    files = Files(["etc/passwd", "root/x", "srv/home/x", "nobody/x"])
    plan = decide(files, structs.replace(CONFIG, config=RunConfig(user=user)), EVIDENCE, Wish(grain="file"), thin=False)
    kept = {kept.path for kept in plan.kept if any(reason.detail == "home directory" for reason in kept.reasons)}
    assert kept == ({home} if home else set())
