"""Rust: the programs of target/release or cargo's own directory, on a system with the C library they are linked to."""

from shave.staging.built import seen
from shave.staging.last import native
from shave.staging.protocol import Building, Language, Refused, Runtime

_LEAVES = (
    "**/*.{rs,rlib,d}",
    "**/Cargo.{toml,lock}",
    "**/target/{CACHEDIR.TAG,.rustc_info.json}",
    "**/target/debug/**",
    "**/target/{,*/}release/{deps,build,incremental,examples,.fingerprint}/**",
    "**/target/{,*/}release/{deps,build,incremental,examples,.fingerprint,.cargo-lock}",
    "{root/.cargo,usr/local/cargo}/{.*,registry/**,git/**}",
    "**/Makefile",
)


def runtime(building: Building) -> Runtime | Refused:
    """By the image alone: which crates bring libraries of C, no word of the build says."""
    built = seen(building, _LEAVES)
    return built if isinstance(built, Refused) else native(built)


RUST = Language("Rust", {"cargo": frozenset({"build", "install"}), "rustc": frozenset()}, _LEAVES, runtime)
