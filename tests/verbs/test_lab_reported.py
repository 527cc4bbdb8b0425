"""A report as JSON is what its schema says."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from laboratory import hello
from shave.documents import document

SCHEMA = Path(__file__).parents[2] / "docs/schema/lab.json"


def test_a_report_is_what_its_schema_says() -> None:
    made = json.loads(document("lab", hello(previous=hello())))
    assert not [error.message for error in Draft202012Validator(json.loads(SCHEMA.read_text())).iter_errors(made)]
