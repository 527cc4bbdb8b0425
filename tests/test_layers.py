"""A layer's claims, each of them broken."""

from io import BytesIO

import pytest
from msgspec.structs import replace

from shave.allowance import Allowance
from shave.errors import BadImageError
from shave.image import Layer
from shave.layers import analyse, verify
from shave.oci import digest_of
from shave.testing import File, image, layer_tar

MEMBERS = {"bin/x": File(b"x" * 300_000, 0o755), "bin/y": b"y"}


def silent(amount: int) -> None:
    pass


def layer(compression: str = "gzip") -> Layer:
    return image(MEMBERS, compression=compression).layers[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_one_pass_reads_all(compression: str) -> None:
    told: list[int] = []
    tee = BytesIO()
    made = layer(compression)
    index = analyse(made, tee, told.append, Allowance(0))
    plain = layer_tar(MEMBERS)
    assert tee.getvalue() == plain
    assert (index.diff_id, index.tar_bytes) == (digest_of(plain), len(plain))
    assert [entry.path for entry in index.entries] == ["bin/x", "bin/y"]
    assert sum(told) == made.descriptor.size
    assert verify(made, None, silent, Allowance(0)) == len(plain)


def test_the_bytes_are_believed_before_the_media_type() -> None:
    made = layer("zstd")
    descriptor = replace(made.descriptor, media_type="application/vnd.docker.image.rootfs.diff.tar.gzip")
    assert analyse(replace(made, descriptor=descriptor), None, silent, Allowance(0)).entries


def test_other_digests() -> None:
    made = layer()
    with made.open() as blob:
        digest = digest_of(blob.read(), "sha512")
    made = replace(
        made, descriptor=replace(made.descriptor, digest=digest), diff_id=digest_of(layer_tar(MEMBERS), "sha512")
    )
    assert analyse(made, None, silent, Allowance(0)).diff_id.startswith("sha512:")


def lies() -> list[tuple[str, Layer, str]]:
    good = layer()
    other = digest_of(b"other")
    claims = good.descriptor
    return [
        ("diff ID", replace(good, diff_id=other), "the config says"),
        ("digest", replace(good, descriptor=replace(claims, digest=other)), "have the digest"),
        ("algorithm", replace(good, descriptor=replace(claims, digest="md5:00")), "neither sha256 nor"),
        ("larger", replace(good, descriptor=replace(claims, size=claims.size + 1)), "packed bytes"),
        ("smaller", replace(good, descriptor=replace(claims, size=claims.size - 1)), "packed bytes"),
        ("cut", replace(good, open=lambda: BytesIO(good.open().read()[:-1])), "cut off"),
        ("empty", replace(good, open=lambda: BytesIO(b"")), "promises"),
        ("no tar", replace(good, open=lambda: BytesIO(b"\x1f\x8bno")), "gzip stream"),
    ]


@pytest.mark.parametrize(("bad", "said"), [pytest.param(bad, said, id=name) for name, bad, said in lies()])
def test_claims_that_lie(bad: Layer, said: str) -> None:
    for read in (analyse, verify):
        with pytest.raises(BadImageError, match=said) as caught:
            read(bad, None, silent, Allowance(0))
        assert str(caught.value).startswith(f"layer {bad.descriptor.digest}: ")


def test_a_blob_without_end_ends() -> None:
    class Endless(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return bytes(size or 0)

    made = layer("none")
    with pytest.raises(BadImageError):
        analyse(replace(made, open=Endless), None, silent, Allowance(0))
