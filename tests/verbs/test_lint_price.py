"""What findings cost, by images whose layers are known to the byte."""

from pathlib import Path
from random import Random

import pytest

from shave import recipe
from shave.catalog.explained import explain
from shave.events import silent
from shave.lint import About, Amount, Kind, LintFinding, Severity
from shave.rules.known import NOTHING, BuiltImage, Context, Known
from shave.testing import Directory, File, Hardlink, Member, Whiteout, image
from shave.verbs.lint import found
from shave.verbs.lint_price import estimated, priced, saved

CHANCE = Random(8)
RECIPE = recipe.read(b"FROM x\nRUN one\nRUN two\nRUN three\n")
HEADER = 110
"""Packed bytes that a header may cost."""


def noise(length: int) -> bytes:
    return CHANCE.randbytes(length)


def known(*layers: dict[str, Member], differing: tuple[int, ...] = (), context: Context | None = None) -> Known:
    """An image of a base and of a layer for each RUN."""
    explained = explain(image(*layers), silent)
    return Known(BuiltImage(explained, {step: step for step in range(1, len(layers))}, differing), context)


def finding(
    kind: Kind,
    *steps: int,
    globs: tuple[str, ...] = (),
    but: tuple[str, ...] = (),
    kept: frozenset[str] = frozenset(),
    severity: Severity = "warning",
    amount: Amount | None = None,
) -> LintFinding:
    return LintFinding(
        "SHV999", severity, "", steps[0], 0, 0, about=About(kind, steps, globs, but, kept), amount=amount
    )


def amount(found: LintFinding, about: Known) -> Amount:
    (given,) = priced([found], RECIPE, about)
    assert given.amount and given.amount.measured
    return given.amount


def nearly(packed: int, bodies: int) -> bool:
    """Noise packs to what it is; some bytes are for headers."""
    return bodies <= packed <= bodies + 8 * HEADER


BASE: dict[str, Member] = {"usr/lib/x": noise(50_000), "etc/conf": noise(30_000)}


def test_bodies_that_links_from_elsewhere_keep_are_not_saved() -> None:
    about = known(
        BASE,
        {
            "cache/a": noise(40_000),
            "cache/b": noise(30_000),
            "cache/c": Hardlink("cache/b"),
            "lib/a": Hardlink("cache/a"),
        },
    )
    assert amount(finding("written", 1, globs=("cache/**",)), about).unpacked_bytes == 30_000


def test_written_is_what_the_globs_say_of_the_layer() -> None:
    about = known(BASE, {"var/cache/a": noise(40_000), "var/cache/keep/b": noise(20_000), "app": noise(90_000)})
    found = amount(finding("written", 1, globs=("var/cache/**",), but=("**/keep/**",)), about)
    assert found.unpacked_bytes == 40_000
    assert nearly(found.packed_bytes, 40_000)


def test_written_counts_what_a_later_layer_took_away() -> None:
    about = known(BASE, {"var/cache/a": noise(40_000)}, {"var/cache/a": Whiteout()})
    assert amount(finding("written", 1, globs=("var/cache/**",)), about).unpacked_bytes == 40_000


def test_directories_of_a_cache_cost_their_headers() -> None:
    cache: dict[str, Member] = {f"cache/{n:x}": Directory() for n in range(400)}
    found = amount(finding("written", 1, globs=("cache/**",)), known(BASE, {**cache, "cache/f": noise(20_000)}))
    assert found.unpacked_bytes == 20_000
    assert found.packed_bytes > 22_000


def test_what_a_step_deletes_of_its_base_no_edit_saves() -> None:
    about = known(BASE, {"a": noise(40_000)}, {"a": Whiteout(), "usr": Whiteout()})
    assert amount(finding("deleted", 2), about).unpacked_bytes == 40_000
    assert priced([finding("deleted", 2, globs=("usr/**",))], RECIPE, about) == ()


def test_rewritten_is_what_stands_over_files_of_earlier_layers() -> None:
    about = known(
        BASE, {"a": noise(40_000), "b": noise(20_000)}, {"a": noise(41_000), "etc/conf": noise(30_000), "new": b"1"}
    )
    assert amount(finding("rewritten", 2), about).unpacked_bytes == 71_000


def test_again_are_the_second_copies_and_their_directories() -> None:
    same, other = noise(40_000), noise(40_000)
    first: dict[str, Member] = {"app": Directory(), "app/a": same, "app/b": other}
    second: dict[str, Member] = {"app": Directory(uid=1), "app/a": File(same, uid=1), "app/b": noise(30_000)}
    found = amount(finding("again", 2), known(BASE, first, second))
    assert found.unpacked_bytes == 40_000
    assert nearly(found.packed_bytes, 40_000)
    assert (
        amount(finding("again", 1), known(BASE, {"etc/conf": File(BASE["etc/conf"], 0o600)})).unpacked_bytes == 30_000
    )  # type: ignore[arg-type]


def test_again_of_two_steps_is_what_one_wrote_over_the_other_and_new_is_the_rest() -> None:
    one, two = noise(40_000), noise(20_000)
    copies: dict[str, Member] = {"a": File(one, uid=1), "b": File(two, uid=1), "c": noise(15_000)}
    about = known(BASE, {"a": one}, {"b": two}, copies)
    saved = [amount(finding("again", *steps), about).unpacked_bytes for steps in ((1, 3), (2, 3), (3,))]
    assert saved == [40_000, 20_000, 60_000]
    assert amount(finding("new", 3), about).unpacked_bytes == 15_000


def test_merged_is_what_one_step_made_and_another_made_again() -> None:
    layers: list[dict[str, Member]] = [{"status": noise(40_000), "lists": noise(20_000)}, {"status": noise(40_000)}]
    about = known(BASE, *layers, {"lists": Whiteout(), "status": noise(1)})
    assert amount(finding("merged", 1, 2), about).unpacked_bytes == 40_000
    assert amount(finding("merged", 1, 2, 3), about).unpacked_bytes == 100_000
    assert priced([finding("merged", 1)], RECIPE, about) == ()


@pytest.mark.parametrize("source", ["", "web/", "src/web/"])
def test_of_a_context_it_is_the_copies_wherever_they_are(source: str) -> None:
    context = Context(Path("/nowhere"), {f"{source}.git/pack": 40_000, f"{source}app.py": 20_000})
    about = known(BASE, {"srv/app/.git/pack": noise(40_000), "srv/app/app.py": noise(20_000)}, context=context)
    assert amount(finding("context", 1, globs=("**/.git/**",)), about).unpacked_bytes == 40_000


def test_what_of_a_context_is_not_in_the_image_is_estimated() -> None:
    estimated = finding("context", 1, globs=(".git/**",), amount=Amount(1, 2, measured=False))
    context = Context(Path("/nowhere"), {".git/pack": 40_000})
    assert priced([estimated], RECIPE, known(BASE, {"srv/app.py": noise(20_000)}, context=context)) == (estimated,)


def test_what_saves_nothing_is_not_told() -> None:
    about = known(BASE, {"a": noise(40_000)})
    assert priced([finding("written", 1, globs=("var/lib/apt/lists/**",))], RECIPE, about) == ()


def test_a_step_that_made_no_layer_wrote_nothing() -> None:
    assert priced([finding("written", 3)], RECIPE, known(BASE, {"a": noise(40_000)})) == ()


def test_an_estimate_stays_where_no_image_tells() -> None:
    estimated = finding("written", 1, amount=Amount(10_000, 20_000, measured=False, source="a table"))
    assert priced([estimated], RECIPE, NOTHING) == (estimated,)
    assert priced([estimated], RECIPE, known(BASE, {"a": noise(9)}, differing=(1,))) == (estimated,)
    broken = LintFinding("SHV218", "error", "it cannot run", 1, 0, 0)
    assert priced([broken], RECIPE, known(BASE)) == (broken,)


def test_the_dearest_comes_first_but_for_what_cannot_work() -> None:
    about = known(BASE, {"a": noise(40_000), "b": noise(90_000)})
    broken = LintFinding("SHV218", "error", "it cannot run", 1, 0, 0)
    found = priced([finding("written", 1, globs=("a",)), finding("written", 1, globs=("b",)), broken], RECIPE, about)
    assert [each.amount and each.amount.unpacked_bytes for each in found] == [None, 90_000, 40_000]


def test_together_no_byte_counts_twice() -> None:
    about = known(BASE, {"a": noise(40_000), "b": noise(20_000)})
    every, one = finding("written", 1), finding("written", 1, globs=("a",))
    alone = amount(every, about)
    assert saved(priced([every, one], RECIPE, about), about) == alone
    assert saved([], about) == Amount(0, 0)
    assert saved([every], NOTHING) == Amount(0, 0)


def test_what_each_release_ships_again_is_no_part_of_what_an_image_saves() -> None:
    about = known(BASE, {"a": noise(40_000)})
    (found,) = priced([finding("each release", 1)], RECIPE, about)
    assert found.amount and found.amount.unpacked_bytes == 40_000
    assert "each release" in found.amount.source
    assert saved([found], about) == Amount(0, 0)


def test_everything_is_all_but_what_is_visible_where_something_is_kept() -> None:
    about = known(BASE, {"a": noise(40_000), "etc/conf": noise(31_000), "gone": noise(5000)}, {"gone": Whiteout()})
    assert amount(finding("everything", 1), about).unpacked_bytes == 156_000
    kept = frozenset({"etc/conf", "usr/lib/x", "gone", "nowhere"})
    assert amount(finding("everything", 1, kept=kept), about).unpacked_bytes == 75_000


def test_of_the_base_the_larger_counts_of_what_goes_and_what_a_smaller_base_saves() -> None:
    about = known(BASE, {"a": noise(40_000)})
    a_smaller_base = LintFinding("SHV217", "info", "", 0, 0, 0, amount=Amount(70_000, 90_000))
    own, everything = finding("written", 1), finding("everything", 1)
    alone = amount(own, about)
    together = saved(priced([own, a_smaller_base], RECIPE, about), about)
    assert together == Amount(alone.packed_bytes + 70_000, alone.unpacked_bytes + 90_000)
    assert saved(priced([own, a_smaller_base, everything], RECIPE, about), about) == amount(everything, about)
    assert saved([a_smaller_base], NOTHING) == Amount(70_000, 90_000)


def test_estimates_of_one_fact_count_once() -> None:
    text = b"FROM python:3.11-slim\nRUN apt-get update && apt-get install -y gcc libpq-dev && pip install x\n"
    findings = found(recipe.read(text + b'CMD ["python3"]\n'))
    amounts = {each.rule: each.amount.packed_bytes for each in findings if each.amount}
    assert (
        amounts["SHV108"]
        == amounts["SHV215"]
        == estimated(findings).packed_bytes
        - sum(packed for rule, packed in amounts.items() if rule not in ("SHV108", "SHV215"))
    )


def test_estimates_of_one_rule_about_different_packages_are_added_up() -> None:
    text = b"FROM debian:12\nRUN apt-get install -y gcc\nRUN apt-get install -y g++ && make\nCMD app\n"
    findings = [each for each in found(recipe.read(text)) if each.rule in ("SHV108", "SHV215")]
    gcc, gpp = (each.amount.packed_bytes for each in findings if each.amount and each.rule == "SHV108")
    assert estimated(findings).packed_bytes == gcc + gpp


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_packed_bytes_of_uncompressed_layers_are_said_to_be_estimated(compression: str) -> None:
    made = image(BASE, {"a": noise(40_000)}, compression=compression)  # type: ignore[arg-type]
    found = amount(finding("written", 1), Known(BuiltImage(explain(made, silent), {1: 1})))
    assert bool(found.source) == (compression == "none")
