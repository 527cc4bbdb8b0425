"""build.py DIRECTORY TAG [DOCKERFILE]: follow a Dockerfile, that beside this file unless another is given, without an
engine, into an OCI layout; needs root.

Each step runs in a chroot over one directory; its layer is what the step changed, with whiteouts for what it deleted.
Packages come from where apt and pip of this machine are configured to get them.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zlib_ng import zlib_ng

HERE = Path(__file__).parent
BASE = HERE.parent / "corpus/base/Dockerfile"
SAID = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
CERTIFICATES = Path(SAID or "/etc/ssl/certs/ca-certificates.crt")
MEDIA = "application/vnd.oci.image."
Snapshot = dict[str, tuple[int, ...]]
Blob = dict[str, Any]

# what Docker gives a build step; bound over a tmpfs on /run, so that nothing of this machine stays in the image
MOUNTS = """
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/run"
mount --bind /etc/resolv.conf "$1/etc/resolv.conf"
for file in /etc/pip.conf "$2"; do [ ! -e "$file" ] || cp "$file" "$1/run/"; done
cd "$1" && exec chroot "$1" /bin/sh -c "cd '$3' && $4"
"""


def instructions(dockerfile: Path) -> Iterator[tuple[str, str]]:
    """The (instruction, rest) pairs of a plain Dockerfile: comments and continued lines, nothing more."""
    lines = [line for line in dockerfile.read_text().splitlines() if not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", "").splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            yield word, rest.strip()


def environment() -> dict[str, str]:
    """The environment of a build step: an image's defaults, and how this machine reaches its package indexes."""
    proxy = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    pip = {name: os.environ[name] for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL") if name in os.environ}
    names = ("PIP_CERT", "npm_config_cafile") if CERTIFICATES.exists() else ()
    certificates = dict.fromkeys(names, f"/run/{CERTIFICATES.name}")
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    fixed = {"PATH": path, "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", "PIP_CONFIG_FILE": "/run/pip.conf"}
    return proxy | pip | certificates | fixed


def run(root: Path, command: str, workdir: str = "/", env: dict[str, str] | None = None) -> None:
    """Run a shell command in the chroot; its output is shown only if it fails."""
    script = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", MOUNTS, "sh"]
    done = subprocess.run(
        [*script, root, CERTIFICATES, workdir, command],
        env=environment() | (env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.exit(f"build step failed: {command}\n{done.stdout[-4000:]}")


def make_base(root: Path) -> None:
    """A minimal Debian 12 from this machine's apt sources, configured as Docker's official image is."""
    sources = [Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d/debian.sources")]
    release = Path("/etc/os-release").read_text()
    mirrors = [str(path) for path in sources if path.exists() and path.stat().st_size and "bookworm" in release]
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", "--dpkgopt=force-unsafe-io"]
    subprocess.run([*command, "bookworm", root, *mirrors], check=True, stdin=subprocess.DEVNULL)
    (root / "etc/hostname").unlink(missing_ok=True)
    (root / "etc/resolv.conf").write_text("")
    for word, rest in instructions(BASE):
        if word == "RUN":
            run(root, rest)


def snapshot(root: Path) -> Snapshot:
    """What can be seen of each path that any change to it changes."""
    seen: Snapshot = {}
    for folder, directories, files in os.walk(root):
        for path in (Path(folder, name) for name in (*directories, *files)):
            about = path.lstat()
            fields = (about.st_ino, about.st_mode, about.st_uid, about.st_gid, about.st_mtime_ns, about.st_ctime_ns)
            seen[str(path.relative_to(root))] = fields
    return seen


def write_tar(root: Path, before: Snapshot, after: Snapshot, out: Path) -> None:
    """The layer between two snapshots: changed paths in order, a whiteout for the top of each deleted subtree."""
    gone = [path for path in before.keys() - after.keys() if str(Path(path).parent) in {*after, "."}]
    names = {f"{path.rpartition('/')[0]}/.wh.{path.rpartition('/')[2]}".lstrip("/") for path in gone}
    changed = {path for path, fields in after.items() if before.get(path) != fields}
    with tarfile.open(out, "w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(names | changed):
            if path in names:
                tar.addfile(tarfile.TarInfo(path))
                continue
            member = tar.gettarinfo(root / path, path)
            member.uname = member.gname = ""
            member.mtime = int(member.mtime)  # as Docker writes it, without a pax header for each file
            attributes = [] if member.issym() else os.listxattr(root / path)
            values = ((name, os.getxattr(root / path, name)) for name in attributes)
            text = ((name, value.decode("utf-8", "surrogateescape")) for name, value in values)
            member.pax_headers = {f"SCHILY.xattr.{name}": value for name, value in text}
            with (root / path if member.isreg() else Path(os.devnull)).open("rb") as body:
                tar.addfile(member, body)


def pack(tar: Path, blobs: Path) -> tuple[str, Blob]:
    """The diff ID of a plain tar, and the descriptor of its gzip blob, now in ``blobs``; the tar is removed."""
    plain, packed = hashlib.sha256(), hashlib.sha256()
    gzipped = tar.with_suffix(".gz")
    squeeze = zlib_ng.compressobj(6, zlib_ng.DEFLATED, 31)
    with tar.open("rb") as source, gzipped.open("wb") as sink:
        while block := source.read(1 << 20):
            plain.update(block)
            piece = squeeze.compress(block)
            packed.update(piece)
            sink.write(piece)
        piece = squeeze.flush()
        packed.update(piece)
        sink.write(piece)
    tar.unlink()
    size = gzipped.stat().st_size
    gzipped.rename(blobs / packed.hexdigest())
    digest = f"sha256:{packed.hexdigest()}"
    return f"sha256:{plain.hexdigest()}", {"mediaType": f"{MEDIA}layer.v1.tar+gzip", "digest": digest, "size": size}


def store(document: Blob, kind: str, blobs: Path) -> Blob:
    """Write a JSON blob; its descriptor."""
    data = json.dumps(document, separators=(",", ":")).encode()
    name = hashlib.sha256(data).hexdigest()
    (blobs / name).write_bytes(data)
    return {"mediaType": f"{MEDIA}{kind}.v1+json", "digest": f"sha256:{name}", "size": len(data)}


class Builder:
    """The state of one build: the directory, what it looked like after the last step, layers, config and history."""

    def __init__(self, context: Path, work: Path, blobs: Path, pool: ThreadPoolExecutor) -> None:
        self.context = context
        self.root, self.work, self.blobs, self.pool = work / "root", work, blobs, pool
        self.seen: Snapshot = {}
        self.layers: list[Future[tuple[str, Blob]]] = []
        self.config: dict[str, Any] = {"Env": []}
        self.history: list[dict[str, Any]] = []

    def step(self, word: str, rest: str) -> None:
        """Follow one instruction."""
        print(f"  {word} {rest}"[:110], flush=True)
        if word == "FROM":
            make_base(self.root)
        elif word == "RUN":
            variables = dict(pair.split("=", 1) for pair in self.config["Env"])
            run(self.root, rest, self.config.get("WorkingDir", "/"), variables)
        elif word == "COPY":
            source, target = rest.split()
            shutil.copytree(self.context / source, self.root / target.lstrip("/"))
        else:
            self.configure(word, rest)
        self.record(f"{word} {rest}", word in ("FROM", "RUN", "COPY"))

    def configure(self, word: str, rest: str) -> None:
        """The instructions that only change how a container is started."""
        if word == "ENV":
            self.config["Env"].append(rest)
        elif word == "WORKDIR":
            self.config["WorkingDir"] = rest
        elif word == "EXPOSE":
            self.config["ExposedPorts"] = {f"{rest}/tcp": {}}
        elif word == "CMD":
            self.config["Cmd"] = json.loads(rest)

    def record(self, instruction: str, filesystem: bool) -> None:
        """Add the step to the history, and its layer where it has one."""
        entry: dict[str, Any] = {"created": datetime.now(UTC).isoformat(), "created_by": instruction}
        if not filesystem:
            self.history.append(entry | {"empty_layer": True})
            return
        self.history.append(entry)
        now = snapshot(self.root)
        tar = self.work / f"{len(self.layers)}.tar"
        write_tar(self.root, self.seen, now, tar)
        self.seen = now
        self.layers.append(self.pool.submit(pack, tar, self.blobs))

    def manifest(self) -> Blob:
        """Write config and manifest; the manifest's descriptor."""
        packed = [layer.result() for layer in self.layers]
        machine = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
        document = {
            "architecture": machine.stdout.strip(),
            "os": "linux",
            "config": self.config,
            "rootfs": {"type": "layers", "diff_ids": [diff_id for diff_id, _ in packed]},
            "history": self.history,
        }
        config = store(document, "config", self.blobs)
        manifest = {"schemaVersion": 2, "mediaType": f"{MEDIA}manifest.v1+json", "config": config}
        return store(manifest | {"layers": [descriptor for _, descriptor in packed]}, "manifest", self.blobs)


def build(layout: Path, tag: str, dockerfile: Path) -> None:
    """Make the image and put it at ``layout``, whole or not at all."""
    layout.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=layout.parent, prefix="building-") as temporary, ThreadPoolExecutor(2) as pool:
        made = Path(temporary) / "layout"
        (made / "blobs/sha256").mkdir(parents=True)
        builder = Builder(dockerfile.parent, Path(temporary), made / "blobs/sha256", pool)
        for word, rest in instructions(dockerfile):
            builder.step(word, rest)
        descriptor = builder.manifest() | {"annotations": {"org.opencontainers.image.ref.name": tag}}
        (made / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        (made / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [descriptor]}))
        made.rename(layout)


if __name__ == "__main__":
    build(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]) if sys.argv[3:] else HERE / "Dockerfile")
