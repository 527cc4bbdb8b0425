"""What builds images from Dockerfiles. A builder is one file here; this list is the whole family, best first."""

from typing import get_args

from shave.builders.buildah import Buildah
from shave.builders.docker_buildx import DockerBuildx
from shave.builders.docker_classic import DockerClassic
from shave.builders.podman import Podman
from shave.builders.protocol import Ability, Builder
from shave.errors import CannotError, UsageError

BUILDERS: tuple[Builder, ...] = (DockerBuildx(), DockerClassic(), Podman(), Buildah())
ABILITIES: frozenset[Ability] = frozenset(get_args(Ability))
AUTO = "auto"
NAMES = (AUTO, "docker", *(builder.name for builder in BUILDERS))

_HINT = "start Docker (DOCKER_HOST says where it is), or install docker with docker-buildx, or podman"
_WHERE: dict[Ability, str] = {
    "mount": "RUN --mount needs BuildKit (docker buildx) or buildah 1.24",
    "chmod": "COPY --chmod needs BuildKit (docker buildx) or buildah 1.20",
    "network": "RUN --network needs Docker 23 with buildx, or buildah 1.30",
    "heredoc": "heredocs need Docker 23 with buildx, or buildah 1.33 (podman 4.8)",
    "link": "COPY --link needs Docker 23 with buildx, or buildah 1.41 (podman 5.6)",
    "git": "ADD of a git repository needs Docker 24 with buildx, or buildah 1.38 (podman 5.3)",
    "checksum": "ADD --checksum needs Docker 25 with buildx, or buildah 1.33 (podman 4.8)",
    "unpack": "ADD --unpack needs Docker 28.3 with buildx",
    "exclude": "COPY --exclude needs Docker 28.5 with buildx, or buildah 1.38 (podman 5.3)",
    "parents": "COPY --parents needs Docker 29.1 with buildx, or buildah 1.41 (podman 5.6)",
}


def choose(name: str, abilities: frozenset[Ability] = frozenset()) -> Builder:
    """The first that is here and has the abilities, of those that ``name`` means: "auto", "docker", or one of them.

    Raises UsageError for a name that means none, CannotError that says what each lacks.
    """
    meant = [builder for builder in BUILDERS if name == AUTO or name in (builder.name, builder.name.partition("-")[0])]
    if not meant:
        raise UsageError(f"there is no builder {name!r}", f"there are {', '.join(NAMES)}")
    said = []
    for builder in meant:
        refusal = builder.refusal()
        lacking = frozenset() if refusal else builder.lacks(abilities)
        if not refusal and not lacking:
            return builder
        said.append(refusal or f"{builder.name} cannot do {', '.join(sorted(lacking))}")
    hint = "; ".join(needs(abilities)) or _HINT
    raise CannotError(f"nothing here can build this: {'; '.join(dict.fromkeys(said))}", hint)


def needs(abilities: frozenset[Ability]) -> tuple[str, ...]:
    """Where each of these is to be had, in sentences."""
    return tuple(words for ability, words in _WHERE.items() if ability in abilities)
