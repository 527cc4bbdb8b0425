"""An image config with other layers: everything else in it stays as it was, byte for byte and in its order."""

from collections.abc import Collection, Sequence

import msgspec
from msgspec import Raw

from shave.errors import BadImageError

EMPTY_LAYER = "empty_layer"


def with_layers(config: bytes, diff_ids: Sequence[str], standing: Collection[int]) -> bytes:
    """The config JSON with ``diff_ids``; ``standing`` are the numbers of the old layers that a new one stands for.

    The instructions of all other old layers become empty ones, so that history and layers still agree (image-spec
    config.md, history). A history that did not agree with its layers before is left alone.
    """
    document, rootfs, history = _parted(config)
    before = len(msgspec.json.decode(rootfs["diff_ids"], type=list[str]))
    document["rootfs"] = _raw({**rootfs, "diff_ids": _raw(diff_ids)})
    if history is not None and sum(not _empty(entry) for entry in history) == before:
        document["history"] = _raw(_history(history, standing))
    return msgspec.json.encode(document)


def squashed(config: bytes, diff_ids: Sequence[str], instruction: str) -> bytes:
    """The config JSON with at most one layer for all of the old; ``instruction`` is the new one that made it.

    All instructions before become empty ones. It has no time, so that the bytes depend on the image alone.
    """
    document, rootfs, history = _parted(config)
    document["rootfs"] = _raw({**rootfs, "diff_ids": _raw(diff_ids)})
    merged = {"created_by": _raw(instruction), **({} if diff_ids else {EMPTY_LAYER: Raw(b"true")})}
    document["history"] = _raw([*({**entry, EMPTY_LAYER: Raw(b"true")} for entry in history or ()), merged])
    return msgspec.json.encode(document)


def _parted(config: bytes) -> tuple[dict[str, Raw], dict[str, Raw], list[dict[str, Raw]] | None]:
    try:
        document = msgspec.json.decode(config, type=dict[str, Raw])
        rootfs = msgspec.json.decode(document["rootfs"], type=dict[str, Raw])
        history = msgspec.json.decode(document.get("history", b"null"), type=list[dict[str, Raw]] | None)
        msgspec.json.decode(rootfs["diff_ids"], type=list[str])
    except (msgspec.MsgspecError, KeyError, RecursionError) as error:
        raise BadImageError(f"the image config is not as the OCI image specification has it: {error}") from error
    return document, rootfs, history


def _history(history: list[dict[str, Raw]], standing: Collection[int]) -> list[dict[str, Raw]]:
    entries = []
    number = 0
    for entry in history:
        if not _empty(entry):
            if number not in standing:
                entry = {**entry, EMPTY_LAYER: Raw(b"true")}
            number += 1
        entries.append(entry)
    return entries


def _empty(entry: dict[str, Raw]) -> bool:
    return bytes(entry.get(EMPTY_LAYER, b"")) == b"true"


def _raw(value: object) -> Raw:
    return Raw(msgspec.json.encode(value))
