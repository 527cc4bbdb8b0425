from shave.dockerfile.parser import parse


def test_stages() -> None:
    found = parse(
        b"ARG X\nFROM a AS Build\nRUN x\nFROM build AS two\nFROM $X\nFROM b as build\nFROM --platform=p build"
    )
    assert [(stage.name, stage.base.value, stage.parent) for stage in found.stages] == [
        ("build", "a", None),
        ("two", "build", 0),
        ("", "$X", None),
        ("build", "b", None),
        ("", "build", 3),
    ]
    assert [each.keyword for each in found.preamble] == ["ARG"]
    assert found.stages[4].platform == "p"
    assert found.stage("0") == found.stages[0]
    assert found.stage("BUILD") == found.stages[3]
    assert found.stage("debian") is found.stage("9") is found.stage("") is None
