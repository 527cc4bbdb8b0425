from shave.reason import Reason
from shave.verbs.why import Answer, Inside, Step
from shave.views.why import why

USED = Step("bin/b", Reason("trace", "executed by start"))
NEEDED = Step("lib/a", Reason("need", "NEEDED a", "bin/b"))
OF_UNIT = Step("share/c", Reason("unit", "is of dpkg:a", "lib/a"))


def test_a_chain_reads_as_a_sentence() -> None:
    answer = Answer("share/c", 1, "RUN make", 1_500_000, "kept", "", ((OF_UNIT, NEEDED, USED),), ("usr/lib",), "dpkg:a")
    assert why(answer).splitlines() == [
        "/share/c: 1.5 MB, kept",
        "reached by the symlinks /usr/lib",
        "layer 2: RUN make",
        "unit dpkg:a",
        "  /share/c is of dpkg:a, which is used because of",
        "    /lib/a, which is needed (NEEDED a) by",
        "      /bin/b, which was used: executed by start",
    ]


def test_a_path_on_the_way_to_another_ends_a_sentence() -> None:
    way = Step("lib", Reason("symlink", "is on the way to a kept path", "lib/a"))
    assert (
        why(Answer("lib", None, "", 1, "kept", "", ((way,),))).splitlines()[-1] == "  /lib is on the way to a kept path"
    )


def test_the_middle_of_a_long_chain_is_left_out() -> None:
    links = tuple(Step(f"lib/{number}", Reason("need", "NEEDED", f"lib/{number + 1}")) for number in range(30))
    said = why(Answer("lib/0", None, "", 1, "kept", "", ((*links, USED),))).splitlines()
    assert len(said) == 1 + 9
    assert said[-2].strip() == "… 23 more, down to" and said[-1].strip() == "/bin/b, which was used: executed by start"


def test_a_dropped_directory_says_what_is_in_it_and_what_keeps_it() -> None:
    answer = Answer(
        "opt", 0, "", 0, "dropped", "not used", (), (), "", Inside(0, 0, 2, 3_000_000), ("--keep '/opt/**'",)
    )
    said = why(answer)
    assert "of what is in it 0 stay, 0; 2 go, 3.0 MB\n" in said and "keep it with --keep '/opt/**'\n" in said


def test_a_path_says_no_line_of_its_own() -> None:
    said = why(Answer("a\nverdict same\x1b[2J", 0, "RUN <<EOF\nmake\nEOF", 1, "", "", ()))
    assert said.splitlines()[0] == r"/a\nverdict same\x1b[2J: 0.0 kB"
    assert len(said.splitlines()) == 3
