"""A directory of trusted certificates, beside the one that update-ca-certificates makes."""

import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from shave.certificates import certificates
from shave.maintainer.ca_certificates import CERTIFICATES, LOCAL, CaCertificates
from shave.maintainer.java_certificates import JavaCertificates
from shave.testing.builder import Directory, File, Member, Symlink
from stages import called, staged

MOZILLA = sorted(Path("/usr/share/ca-certificates/mozilla").glob("*.crt"))
TOOL = {"/usr/sbin/update-ca-certificates": File(b"#!/bin/sh", 0o755), "/etc/ssl/certs": Directory()}


def trusted() -> dict[str, bytes]:
    """Real certificates, with the names and the repetitions that the tool makes something of."""
    found = {f"mozilla/{path.name}": path.read_bytes() for path in MOZILLA[:12]}
    body = MOZILLA[20].read_bytes()
    found["other/with blanks (and, more).crt"] = body.rstrip(b"\n")
    found["other/again.crt"] = body
    found["other/two.crt"] = MOZILLA[21].read_bytes() + MOZILLA[22].read_bytes()
    return found


def image(bodies: dict[str, bytes]) -> dict[str, Member]:
    return TOOL | {f"/{CERTIFICATES}/{name}": File(body) for name, body in bodies.items()}


@pytest.mark.oracle
def test_the_bundle_and_the_links_are_the_tools(tmp_path: Path) -> None:
    bodies, local = trusted(), {"company.crt": MOZILLA[30].read_bytes()}
    files = image(bodies) | {f"/{LOCAL}/{name}": File(body) for name, body in local.items()}
    made = called(CaCertificates(), staged(tmp_path, {"ca-certificates": files}))
    shared, own, certs = tmp_path / "shared", tmp_path / "own", tmp_path / "certs"
    certs.mkdir()
    for directory, each in ((shared, bodies), (own, local)):
        for name, body in each.items():
            place = directory / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)
    configuration = made.pop("etc/ca-certificates.conf")
    assert isinstance(configuration, File)
    (tmp_path / "conf").write_bytes(configuration.data)
    words = ["update-ca-certificates", "--certsconf", "conf", "--certsdir", "shared", "--localcertsdir", "own"]
    words = [str(tmp_path / word) if word in ("conf", "shared", "own") else word for word in words]
    subprocess.run([*words, "--etccertsdir", certs, "--hooksdir", ""], capture_output=True, check=True)
    links = {path.name: str(path.readlink()) for path in certs.iterdir() if path.is_symlink()}
    links = {
        name: to.replace(str(shared), f"/{CERTIFICATES}").replace(str(own), f"/{LOCAL}") for name, to in links.items()
    }
    bundle = made.pop("etc/ssl/certs/ca-certificates.crt")
    assert isinstance(bundle, File)
    assert bundle.data == (certs / "ca-certificates.crt").read_bytes()
    assert {path.rpartition("/")[2]: each.target for path, each in made.items() if isinstance(each, Symlink)} == links
    assert len(made) == len(links)


@pytest.mark.oracle
def test_this_machines_configuration_is_what_the_postinst_wrote(tmp_path: Path) -> None:
    files = image({f"mozilla/{path.name}": path.read_bytes() for path in MOZILLA})
    made = called(CaCertificates(), staged(tmp_path, {"ca-certificates": files}))["etc/ca-certificates.conf"]
    assert isinstance(made, File)
    lines = Path("/etc/ca-certificates.conf").read_bytes().splitlines()
    assert [line for line in made.data.splitlines() if not line.startswith(b"#")] == sorted(
        line for line in lines if line and not line.startswith((b"#", b"!"))
    )


def test_a_spec_that_leaves_the_tool_out_has_the_bundle_all_the_same(tmp_path: Path) -> None:
    files = image(trusted())
    whole = called(CaCertificates(), staged(tmp_path, {"ca-certificates": files}))
    del files["/usr/sbin/update-ca-certificates"]
    assert called(CaCertificates(), staged(tmp_path, {"ca-certificates": files})) == whole


def test_a_configuration_that_is_there_decides(tmp_path: Path) -> None:
    names = [f"mozilla/{path.name}" for path in MOZILLA[:3]]
    files = image({name: path.read_bytes() for name, path in zip(names, MOZILLA, strict=False)})
    files["/etc/ca-certificates.conf"] = File(f"# ours\n!{names[0]}\n{names[1]}\nmissing.crt\n".encode())
    made = called(CaCertificates(), staged(tmp_path, {"ca-certificates": files}))
    bundle = made["etc/ssl/certs/ca-certificates.crt"]
    assert isinstance(bundle, File)
    assert certificates(bundle.data) == certificates(MOZILLA[1].read_bytes())
    assert "etc/ca-certificates.conf" not in made


def test_without_the_package_nothing_is_made(tmp_path: Path) -> None:
    files = {f"/{CERTIFICATES}/one.crt": File(MOZILLA[0].read_bytes())}
    assert called(CaCertificates(), staged(tmp_path, {"other": files})) == {}


def test_what_is_no_certificate_has_no_hash(tmp_path: Path) -> None:
    text = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    made = called(CaCertificates(), staged(tmp_path, {"ca-certificates": image({"bad.crt": text})}))
    assert {path for path in made if path.startswith("etc/ssl")} == {
        "etc/ssl/certs/bad.pem",
        "etc/ssl/certs/ca-certificates.crt",
    }


@pytest.mark.oracle
def test_java_trusts_the_same(tmp_path: Path) -> None:
    body = MOZILLA[0].read_bytes()
    files: dict[str, Member] = {
        "/usr/share/ca-certificates-java/x.jar": b"",
        "/usr/lib/jvm/java-17-openjdk-amd64/bin/java": b"",
        f"/{CERTIFICATES}/mozilla/A.crt": body,
        "/etc/ssl/certs/Upper_A.pem": Symlink(f"/{CERTIFICATES}/mozilla/A.crt"),
        "/etc/ssl/certs/else.pem": Symlink("/opt/else.crt"),
        "/opt/else.crt": body,
    }
    made = called(JavaCertificates(), staged(tmp_path, {"ca-certificates-java": files}))
    store = made["etc/ssl/certs/java/cacerts"]
    assert isinstance(store, File)
    (tmp_path / "cacerts").write_bytes(store.data)
    command = ["keytool", "-J-Duser.language=en", "-list", "-storepass", "changeit", "-keystore", tmp_path / "cacerts"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    digest = sha256(certificates(body)[0]).hexdigest().upper()
    assert "contains 1 entry" in listed and "debian:upper_a.pem" in listed
    assert ":".join(digest[at : at + 2] for at in range(0, 64, 2)) in listed


def test_without_a_jre_there_is_no_keystore(tmp_path: Path) -> None:
    files: dict[str, Member] = {"/usr/share/ca-certificates-java/x.jar": b""}
    assert called(JavaCertificates(), staged(tmp_path, {"ca-certificates-java": files})) == {}
