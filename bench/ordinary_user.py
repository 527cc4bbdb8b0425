"""An ordinary user of this machine with nothing but Python packages: made for one run, and taken away after it."""

import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
NAME = "shave-acceptance"


@contextmanager
def ordinary_user() -> Iterator[tuple[Sequence[str], Path]]:
    """The command that runs shave as that user, and a directory of theirs. Needs root; subuids as useradd gives."""
    home = Path(tempfile.mkdtemp(prefix="shave-user-", dir="/var/tmp"))
    try:
        subprocess.run(["useradd", "--home-dir", home / "home", "--create-home", NAME], check=True)
        home.chmod(0o755)
        subprocess.run(["/usr/bin/python3", "-m", "venv", home / "venv"], check=True)
        wheel = ["--quiet", "--disable-pip-version-check", str(REPOSITORY)]
        subprocess.run([home / "venv/bin/pip", "install", *wheel], check=True)
        user = pwd.getpwnam(NAME)
        become = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--init-groups", "--reset-env"]
        yield [*become, str(home / "venv/bin/shave")], home / "home"
    finally:
        subprocess.run(["userdel", NAME], stderr=subprocess.DEVNULL)
        shutil.rmtree(home)
