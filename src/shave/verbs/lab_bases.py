"""What a variant of a lab is built from."""

from shave.dockerfile.parser import parse
from shave.dockerfile.scopes import scopes
from shave.lab import DockerfileBuild, Variant


def base(variant: Variant) -> str:
    """The name of another variant, or of the image that the last stage of its Dockerfile begins with, or the one that
    is asked for; "" where nothing says so.
    """
    if variant.base or not isinstance(variant.build, DockerfileBuild):
        return variant.base
    build = variant.build
    dockerfile = parse(build.text.encode("utf-8", "surrogateescape"))
    if not dockerfile.stages:
        return ""
    target = build.target.lower()
    asked = (each for each in dockerfile.stages if target and target in (each.name, str(each.number)))
    stage = next(asked, dockerfile.stages[-1])
    while stage.parent is not None:
        stage = dockerfile.stages[stage.parent]
    return scopes(dockerfile, build.arguments).bases[stage.number] or stage.base.value
