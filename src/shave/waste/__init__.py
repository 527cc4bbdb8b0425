"""What costs bytes and serves nothing. A detector finds one kind of it; this list is the whole family."""

from shave.waste import (
    build_tools,
    bytecode,
    caches,
    cores,
    debug,
    deleted,
    docs,
    downloads,
    duplicates,
    headers,
    locales,
    logs,
    man,
    opaque,
    overwritten,
    rewritten,
    secrets,
    sparse,
    static,
    temporary,
    tests,
    vcs,
)
from shave.waste.facts import WasteFact, facts
from shave.waste.protocol import Detector
from shave.waste.proven import waste

DETECTORS: tuple[Detector, ...] = (
    deleted.find,
    overwritten.find,
    rewritten.find,
    opaque.find,
    secrets.find,
    caches.find,
    build_tools.find,
    duplicates.find,
    debug.find,
    static.find,
    headers.find,
    tests.find,
    bytecode.find,
    docs.find,
    man.find,
    locales.find,
    vcs.find,
    downloads.find,
    temporary.find,
    logs.find,
    cores.find,
    sparse.find,
)

__all__ = ["DETECTORS", "Detector", "WasteFact", "facts", "waste"]
