"""Go: a program without anything else, or on a small system where it is linked to a C library."""

from shave.staging.built import seen
from shave.staging.last import native
from shave.staging.protocol import Building, Language, Refused, Runtime
from shave.staging.written import go

_LEAVES = (
    "**/*.go",
    "**/go.{mod,sum,work,work.sum}",
    "**/vendor/{modules.txt,github.com/**,golang.org/**,gopkg.in/**,google.golang.org/**}",
    "{go,root/go}/{pkg,src}/**",
    "{go,root/go}/{bin,src,pkg}",
    "{root,home/*}/.config/go/**",
    "**/Makefile",
)


def runtime(building: Building) -> Runtime | Refused:
    """By the image; without one by the words of the build."""
    if building.image is None:
        return go(building, _LEAVES)
    built = seen(building, _LEAVES)
    return built if isinstance(built, Refused) else native(built)


GO = Language("Go", {"go": frozenset({"build", "install"})}, _LEAVES, runtime)
