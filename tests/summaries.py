"""Summaries of every outcome, for the views."""

from shave.plan import Listing, Price, UnitFate
from shave.probe import Judgement, Verdict, Witness
from shave.sizes import Sizes
from shave.verbs.repair import Round
from shave.verbs.reuse import Reuse, ReusedLayer
from shave.verbs.summary import GroupRow, Summary

BEFORE = Sizes(264_800_000, False, 666_600_000, 600_000_000, 8, 19_097)
AFTER = Sizes(12_400_000, False, 32_000_000, 32_000_000, 5, 643)
SAME = Verdict("same", (Judgement("start", "same"), Judgement("home", "same", masked=0.031)))
DIFFERENT = Verdict(
    "different",
    (
        Judgement("start", "same"),
        Judgement("home", "different", "the body differs", (Witness("body", "hello | there", "good\nbye"),)),
    ),
)
UNKNOWN = Verdict("unknown", (Judgement("start", "unknown", "25 % of the answer varies", masked=0.25),))
GROUPS = (
    GroupRow("Python", 16_000_000, 345, 43_100_000, (("trace", 344), ("symlink", 1))),
    GroupRow("configuration", 29_800, 6, 485_600, (("always", 3), ("need", 1))),
    GroupRow("programs", 0, 0, 79_100_000, ()),
)
PRICES = (
    Price("file", 31_000_000, 640, 23, 30_000_000, 900_000, 100_000),
    Price("unit", 75_000_000, 3868, 80, 30_000_000, 13_000_000, 32_000_000),
    Price("waste", 590_000_000, 15_226, 257, 30_000_000, 90_000_000, 470_000_000),
)
UNITS = (
    UnitFate("dpkg:libc6", "2.36", "whole", 11_000_000, 90_000, 266, 3, 0, 0),
    UnitFate("dpkg:coreutils", "9.1", "split", 3_000_000, 15_000_000, 49, 215, 58, 4_000_000),
    UnitFate("python:a b", "1", "split", 1_000_000, 15_000, 4, 1, 1, 15_000),
    UnitFate("dpkg:gcc", "", "gone", 0, 40_000_000, 0, 31, 31, 40_000_000),
)
LISTINGS = (Listing("opt/venv/bin", 5, 15), Listing("etc/a[b]", 1, 2))
ROUNDS = (Round("retrace", ("home",), ("app/late", "app/later"), 1_500_000),)


def summary(**changes: object) -> Summary:
    """A successful slimming, with changes."""
    values: dict[str, object] = {
        "input": "oci:dir:app",
        "output": "oci:dir:app-slim",
        "outcome": "slimmed",
        "changed": True,
        "original": BEFORE,
        "result": AFTER,
        "grain": "file",
        "asked_grain": "file",
        "thin": False,
        "runner": "crun",
        "tracer": "seccomp",
        "verdict": SAME,
        "rounds": (),
        "groups": GROUPS,
        "seconds": {"read": 1.234, "trace": 2.0},
        "report": "report/report.md",
        "next": "shave why oci:dir:app-slim /usr/bin/python3.11",
    }
    return Summary(**{**values, **changes})  # type: ignore[arg-type]


OUTCOMES = {
    "slimmed": summary(),
    "estimated": summary(original=Sizes(264_800_000, True, 666_600_000, 600_000_000, 8, 19_097)),
    "refused": summary(outcome="refused", changed=False, output="", verdict=DIFFERENT, rounds=ROUNDS),
    "unknown": summary(outcome="refused", changed=False, output="", verdict=UNKNOWN),
    "unverified": summary(verdict=DIFFERENT),
    "unchanged": summary(outcome="unchanged", changed=False, result=BEFORE, verdict=None),
    "units": summary(grain="unit", prices=PRICES, units=UNITS, listings=LISTINGS),
    "planned": summary(outcome="planned", changed=False, output="", result=None, verdict=None, report=""),
    "rebuilt": summary(reuse=Reuse("docker://host/app:1", (ReusedLayer(0, "sha256:0", 12_390_000),), 10_000)),
    "thin": summary(grain="waste", thin=True),
}
