"""``shave lab export``: the variants of a lab as services of a Compose file.

Source: the Compose specification, build.md (``dockerfile``, ``dockerfile_inline``, ``args``, ``additional_contexts``).
"""

from collections.abc import Callable
from typing import Any

import yaml

from shave.lab import CommandBuild, Lab, ReferenceBuild, Variant
from shave.reference import TRANSPORTS
from shave.verbs.lab_making import FROM

_ELSEWHERE = frozenset(TRANSPORTS) - {"docker", "docker-daemon"}


def builds(variant: Variant) -> bool:
    """Whether a variant is expected to be built."""
    return variant.expected is None or variant.expected.outcome != "build-fails"


def fails(variant: Variant) -> bool:
    """Whether a variant is expected not to be."""
    return not builds(variant)


def export(lab: Lab, wanted: Callable[[Variant], bool], tag: str, is_file: Callable[[str], bool]) -> str:
    """A Compose file of the wanted variants, their images named ``TAG:VARIANT``.

    Dockerfiles for which ``is_file`` are named, others written into it. What a command makes, or lies where no engine
    looks, is named in a comment: Compose has no word for it.
    """
    services: dict[str, Any] = {}
    others: list[str] = []
    for variant in filter(wanted, lab.variants):
        build = variant.build
        if isinstance(build, CommandBuild):
            others.append(f"# {variant.name} is made by: {' '.join(' '.join(build.command).split())}\n")
        elif isinstance(build, ReferenceBuild) and build.reference.partition(":")[0] in _ELSEWHERE:
            others.append(f"# {variant.name} is {build.reference}\n")
        else:
            services[variant.name] = _service(variant, tag, is_file)
    return "".join(others) + yaml.safe_dump({"services": services}, sort_keys=False, allow_unicode=True, width=120)


def _service(variant: Variant, tag: str, is_file: Callable[[str], bool]) -> dict[str, Any]:
    build = variant.build
    if isinstance(build, ReferenceBuild):
        return {"image": build.reference.removeprefix("docker-daemon:").removeprefix("docker://")}
    assert not isinstance(build, CommandBuild)
    made: dict[str, Any] = {"context": build.context}
    made |= {"dockerfile": build.name} if is_file(build.name) else {"dockerfile_inline": build.text}
    made |= {"target": build.target} if build.target else {}
    arguments = dict(build.arguments)
    if variant.base:
        # the name, and the order: Compose builds a service before those that have it as a context
        arguments[FROM] = f"{tag}:{variant.base}"
        made["additional_contexts"] = {f"{tag}:{variant.base}": f"service:{variant.base}"}
    made |= {"args": arguments} if arguments else {}
    return {"image": f"{tag}:{variant.name}", "build": made}
