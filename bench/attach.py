"""``shave trace --attach`` with a newer Docker: Debian 13's engine, whose default profile hands containers to shave.

For each image: shave listens; the engine of a private root runs the image's full probe, which knows nothing of shave;
the original is slimmed by the evidence alone; the result must pass the same probe in the engine of this machine.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import corpus_images

SHAVE = str(Path(sys.executable).parent / "shave")
ROOT = corpus_images.CACHE / "trixie"
DOCKERD = """
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount --make-rprivate /
mount --bind "$0" "$0"
for shared in proc sys dev; do mount --rbind /$shared "$0/$shared"; done
mkdir -p "$0/old" "$0$1"; mount --bind "$1" "$0$1"
cd "$0"; pivot_root . old
exec dockerd --iptables=false --ip6tables=false --bridge=none --data-root "$1/data" --exec-root "$1/exec" \
  -H "unix://$1/docker.sock" --pidfile "$1/pid" --seccomp-profile "$1/trace.json"
"""


def main() -> int:
    """A row for each image; 1 if one did not come through."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=corpus_images.NAMES, help="only this image (repeatable)")
    names = parser.parse_args().only or corpus_images.NAMES
    if not ROOT.exists():
        beside = ROOT.with_name(f".{ROOT.name}.{os.getpid()}")
        _run("mmdebstrap", "-q", "--variant=essential", "--include=docker.io,ca-certificates", "trixie", str(beside))
        beside.rename(ROOT)
    failures = 0
    print("| image | engine | paths of the evidence | result MB | full probe |\n|---|---|---|---|---|")
    for name in names:
        row = _row(name)
        failures += row[-1] != "passes"
        print(f"| {' | '.join((name, *row))} |", flush=True)
    return min(failures, 1)


def _row(name: str) -> tuple[str, str, str, str]:
    with tempfile.TemporaryDirectory(prefix="attach-", dir="/var/tmp") as directory:
        place, original = Path(directory), corpus_images.layout(name)
        evidence = place / "run.evidence"
        with _listening(original, place, evidence), _engine(place) as engine:
            there = {**os.environ, "DOCKER_HOST": engine}
            _run("skopeo", "copy", "-q", f"oci:{original}:latest", f"docker-archive:{place}/image.tar:{name}:x")
            _run("docker", "load", "-q", "-i", f"{place}/image.tar", environment=there)
            version = _run("docker", "version", "--format", "{{.Server.Version}}", environment=there).strip()
            probed = subprocess.run([corpus_images.HERE / name / "probe", f"{name}:x"], env=there, check=False)
        if probed.returncode:
            return version, "", "", "fails while it is traced"
        paths = sum(line.startswith("used\t") for line in evidence.read_text().splitlines())
        settings = ("--config", str(corpus_images.HERE / name / "shave.toml"))
        _run(
            SHAVE,
            "slim",
            "--grain",
            "file",
            f"oci:{original}",
            "-o",
            f"oci:{place}/out:latest",
            "--evidence",
            str(evidence),
            *settings,
        )
        with corpus_images.loaded(place / "out", name) as image:
            failure, weight = corpus_images.probe(name, image), corpus_images.weigh(image)
        return version, str(paths), f"{weight.unpacked:.1f} / {weight.gzip:.1f}", failure or "passes"


@contextmanager
def _listening(original: Path, place: Path, evidence: Path) -> Iterator[None]:
    options = ("--attach", f"{place}/trace.sock", "--evidence", str(evidence))
    command = [SHAVE, "trace", f"oci:{original}", *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as shave:
        _wait(place / "trace.json", shave)
        yield
        shave.send_signal(signal.SIGINT)
        _, said = shave.communicate()
    if shave.returncode:
        raise SystemExit(said.decode())


@contextmanager
def _engine(place: Path) -> Iterator[str]:
    with (
        (place / "log").open("wb") as log,
        subprocess.Popen(["unshare", "-m", "sh", "-c", DOCKERD, ROOT, place], stdout=log, stderr=log) as dockerd,
    ):
        _wait(place / "docker.sock", dockerd)
        try:
            yield f"unix://{place}/docker.sock"
        finally:
            dockerd.terminate()
    shutil.rmtree(place / "data", ignore_errors=True)


def _wait(path: Path, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        if path.exists():
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"{path} did not appear: {process.args!r}")


def _run(*command: str, environment: dict[str, str] | None = None) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


if __name__ == "__main__":
    sys.exit(main())
