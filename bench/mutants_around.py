"""Ways of taking away what a program finds when it asks; of each, the cause that doctor must say first."""

from collections.abc import Iterator
from posixpath import basename

from mutants import Bed, Mutant
from shave.oci import Healthcheck


def certificates(bed: Bed) -> Iterator[Mutant]:
    """Of programs that fetch by TLS: Go's and Python's that are known to, and openssl's clients."""
    wanted = ("etc/ssl/certs/", "usr/share/ca-certificates/")
    gone = [path for path in bed.tree.nodes if path.startswith(wanted) or basename(path) == "cacert.pem"]
    clients = ("fetch", "prometheus", "scrapy", "git", "curl")
    if gone and (basename(bed.words[0]) in clients or basename(bed.program) in clients):
        yield Mutant("CA certificates", ("certificates-missing",), bed.words[0], tuple(gone))


def zoneinfo(bed: Bed) -> Iterator[Mutant]:
    """Not of Java and Node, which have zones of their own."""
    if bed.program and basename(bed.program) not in ("java", "node") and "usr/share/zoneinfo" in bed.tree:
        gone, config = ("usr/share/zoneinfo",), bed.configured(env=(*(bed.run.env or ()), "TZ=Europe/Berlin"))
        yield Mutant("zoneinfo, with TZ", ("zoneinfo-missing",), "TZ", gone, config=config)


def user_nameless(bed: Bed) -> Iterator[Mutant]:
    yield Mutant("USER that is a number", ("user-nameless",), "4242", config=bed.configured(user="4242"))


def home_gone(bed: Bed) -> Iterator[Mutant]:
    passwd = bed.real("/etc/passwd")
    if passwd:
        body = bed.read(passwd) + b"guest:x:4242:4242::/home/guest:/bin/sh\n"
        put, config = ((passwd, body, 0o644),), bed.configured(user="guest")
        yield Mutant("home of USER", ("home-missing",), "/home/guest", put=put, config=config)


def tmp_gone(bed: Bed) -> Iterator[Mutant]:
    elf = bed.elf(bed.program) if bed.program else None
    if "tmp" in bed.tree and elf and elf.interpreter:
        yield Mutant("/tmp", ("tmp-missing",), "/tmp", ("tmp",))


def not_writable(bed: Bed) -> Iterator[Mutant]:
    """A volume of root's, of an image whose user is another; its home is there, so that it misses nothing else."""
    passwd = bed.real("/etc/passwd")
    if passwd:
        body = bed.read(passwd) + b"guest:x:4242:4242::/tmp:/bin/sh\n"
        config = bed.configured(user="guest", volumes={"/etc": {}})
        yield Mutant("VOLUME of another user", ("not-writable",), "/etc", put=((passwd, body, 0o644),), config=config)


def workdir_gone(bed: Bed) -> Iterator[Mutant]:
    """Of images whose words are no relative paths, and no names of modules that Python looks for there."""
    if bed.is_python or ("/" in bed.words[0].lstrip("/") and bed.words[0][0] != "/"):
        return
    if not any(bed.real(word) for word in bed.words[1:] if not word.startswith("/")):
        config = bed.configured(working_dir="/not/there")
        yield Mutant("WORKDIR", ("workdir-missing",), "/not/there", config=config)


def healthcheck(bed: Bed) -> Iterator[Mutant]:
    if not bed.named("curl"):
        check = Healthcheck(("CMD", "curl", "-f", "http://localhost/"))
        config = bed.configured(healthcheck=check)
        yield Mutant("program of HEALTHCHECK", ("healthcheck-broken",), "curl", config=config)


def no_command(bed: Bed) -> Iterator[Mutant]:
    yield Mutant("ENTRYPOINT and CMD", ("no-command",), "", config=bed.configured(entrypoint=None, cmd=None))
