"""Dockerfiles as people write them, put together by lot: pieces that build, in many styles, on bases of this machine.

``generated(seed)`` gives a text and what its context needs; nothing in it is made to be found by a rule, but all rules
about apt, pip, npm, downloads, owners and layers have something to look at. Downloads come from LOOPBACK.
"""

import io
import shutil
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

LOOPBACK = "http://localhost:{port}"
BASES = {
    "corpus/base": "apt",
    "shave-bench/trixie": "apt",
    "shave-bench/python": "pip",
    "shave-bench/node": "npm",
}
_PACKAGES = (
    "jq",
    "less",
    "file",
    "tree",
    "bc",
    "rsync",
    "xxd",
    "patch",
    "zip",
    "unzip",
    "make",
    "gettext-base",
    "sqlite3",
)
_WHEELS = ("flask", "requests", "attrs", "click", "rich", "httpx", "pyyaml")
_MODULES = ("left-pad", "is-odd", "semver", "chalk", "uuid")


def generated(seed: int) -> bytes:
    """The Dockerfile of a number."""
    chance = Random(seed)
    base = chance.choice(sorted(BASES))
    head = [_head(chance), f"FROM {base}", *_sometimes(chance, 0.4, _settings)]
    kinds = {"apt": (_apt, _compiler), "pip": (_pip, _apt), "npm": (_npm,)}[BASES[base]]
    body = [chance.choice(kinds)(chance) for _ in range(chance.randint(1, 3))]
    more = [each(chance) for each in chance.sample(_MORE, chance.randint(1, 3))]
    middle = [*body, *more]
    if chance.random() < 0.3:
        chance.shuffle(middle)
    text = "\n".join([*head, *middle, *_sometimes(chance, 0.5, _user), _end(chance)]) + "\n"
    return _styled(chance, text).encode()


def _styled(chance: Random, text: str) -> str:
    """Line ends of Windows, another escape, keywords in small letters, no line end at the end."""
    style = chance.random()
    if style < 0.08:
        return text.replace("\n", "\r\n") if "<<" not in text else text
    if style < 0.16 and not text.startswith("#"):
        return "# escape=`\n" + text.replace("\\\n", "`\n")
    if style < 0.24:
        return text.replace("\nRUN ", "\nrun ").replace("\nCOPY ", "\ncopy ")
    return text.rstrip("\n") if style < 0.32 else text


def _head(chance: Random) -> str:
    return chance.choice(("# the image of the service", "ARG VERSION=1.0", "\n# made by hand\n"))


def _settings(chance: Random) -> str:
    return chance.choice(
        (
            "ENV DEBIAN_FRONTEND=noninteractive",
            "ENV LANG C.UTF-8",
            'SHELL ["/bin/bash", "-o", "pipefail", "-c"]',
            "ARG PACKAGE=jq\nENV APP_HOME=/srv/app",
            'LABEL maintainer="somebody" \\\n      version="1"',
        )
    )


def _sometimes(chance: Random, share: float, make: Callable[[Random], str]) -> list[str]:
    return [make(chance)] if chance.random() < share else []


def _joined(chance: Random, commands: Sequence[str], plain: bool = False) -> str:
    """A RUN of commands, as one style or another joins them."""
    styles = ["one line", "lines", "leading", "comments"] + ([] if plain else ["set -e", "heredoc", "array", "runs"])
    style = chance.choice(styles)
    if style == "one line":
        return "RUN " + " && ".join(commands)
    if style == "lines":
        return "RUN " + " && \\\n    ".join(commands)
    if style == "leading":
        return "RUN " + " \\\n && ".join(commands)
    if style == "comments":
        return "RUN " + " && \\\n    # and then\n\t".join(commands)
    if style == "set -e":
        return "RUN set -eux; \\\n\t" + "; \\\n\t".join(commands)
    if style == "heredoc":
        return "RUN <<EOF\nset -e\n" + "\n".join(commands) + "\nEOF"
    if style == "array":
        return 'RUN ["/bin/sh", "-c", "' + " && ".join(commands) + '"]'
    return "\n".join(f"RUN {each}" for each in commands)


def _apt(chance: Random) -> str:
    names = " ".join(chance.sample(_PACKAGES, chance.randint(1, 3)))
    tool = chance.choice(("apt-get", "apt-get", "apt-get", "apt"))
    install = chance.choice(
        (
            f"{tool} install -y {names}",
            f"{tool} -qq -y install {names}",
            f"{tool} install --yes --no-install-recommends {names}",
        )
    )
    ends: tuple[tuple[str, ...], ...] = (
        (),
        (),
        (),
        ("rm -rf /var/lib/apt/lists/*",),
        ("apt-get clean",),
        ("apt-get autoremove -y", "apt-get clean"),
        ("rm -rf /tmp/* /var/tmp/*",),
        ("true || true",),
    )
    return _joined(chance, [f"{tool} update", install, *chance.choice(ends)])


def _compiler(chance: Random) -> str:
    """A program of C, with what it is made by taken away too late, or never."""
    build = ["printf 'int main(){return 0;}' > /tmp/x.c", "tcc -o /usr/local/bin/x /tmp/x.c"]
    install = "RUN apt-get update && apt-get install -y --no-install-recommends tcc libc6-dev"
    gone = chance.choice(("", "RUN apt-get purge -y tcc libc6-dev && apt-get autoremove -y", "RUN rm /tmp/x.c"))
    return "\n".join(filter(None, (install, _joined(chance, build, plain=True), gone)))


def _pip(chance: Random) -> str:
    names = " ".join(chance.sample(_WHEELS, chance.randint(1, 2)))
    trusted = "ARG PIP_TRUSTED_HOST"
    return (
        trusted
        + "\n"
        + chance.choice(
            (
                f"RUN pip install {names}",
                f"RUN pip install --upgrade pip && pip install {names}",
                "COPY requirements.txt /tmp/\nRUN pip install -r /tmp/requirements.txt",
                "COPY . /srv/app\nRUN cd /srv/app && pip3 install -r requirements.txt",
                f"RUN python -m pip install --user {names}",
                f"RUN python3 -m venv /opt/venv && /opt/venv/bin/pip install {names}",
                f"ENV PIP_NO_CACHE_DIR=1\nRUN pip install {names}",
            )
        )
    )


def _npm(chance: Random) -> str:
    names = " ".join(chance.sample(_MODULES, chance.randint(1, 2)))
    return chance.choice(
        (
            f"WORKDIR /srv/web\nRUN npm init -y && npm install {names}",
            f"RUN npm install -g {names}",
            "WORKDIR /srv/web\nCOPY package.json ./\nRUN npm install",
            "COPY . /srv/web\nWORKDIR /srv/web\nRUN npm install && npm run --if-present build",
            f"WORKDIR /srv/web\nCOPY package.json .\nRUN npm install --production && npm install {names}",
        )
    )


def _copy(chance: Random) -> str:
    return chance.choice(
        (
            "COPY . /srv/app",
            "WORKDIR /srv/app\nCOPY . .",
            "ADD data.tar.gz /srv/data/",
            "COPY data.tar.gz /tmp/\nRUN tar xzf /tmp/data.tar.gz -C /srv && rm /tmp/data.tar.gz",
            "COPY app /usr/local/bin/\nRUN chmod +x /usr/local/bin/app.sh",
        )
    )


def _owned(chance: Random) -> str:
    return chance.choice(
        (
            "RUN useradd --uid 1234 --create-home one\nCOPY app /home/one/app\nRUN chown -R one:one /home/one",
            "RUN groupadd -r two && useradd -r -g two two\nCOPY --chown=two:two app /srv/two",
            "COPY app /srv/three\nRUN chmod -R 755 /srv/three",
            "COPY app /srv/four\nRUN chown -R 1000:1000 /srv/four && chmod 700 /srv/four",
            "RUN useradd -u 1000001 five",
        )
    )


def _layers(chance: Random) -> str:
    return chance.choice(
        (
            "RUN mkdir -p /opt/a && head -c 300000 /dev/urandom > /opt/a/large\nRUN rm -rf /opt/a/large",
            "RUN echo a=1 > /etc/a.conf\nRUN sed -i s/1/2/ /etc/a.conf",
            "RUN mkdir -p /opt/b\nRUN head -c 200000 /dev/zero > /opt/b/one\nRUN mv /opt/b/one /opt/b/two",
            "RUN cd /opt && mkdir c\nRUN echo ready > /opt/c/ready",
            "RUN head -c 100000 /dev/urandom > /tmp/work && cp /tmp/work /usr/share/work",
        )
    )


def _download(chance: Random) -> str:
    """Of an archive, by the builder or by a program that is installed for it."""
    fetch = f"ADD {LOOPBACK}/data.tar.gz /tmp/data.tar.gz"
    return chance.choice(
        (
            f"{fetch}\nRUN mkdir -p /opt/data && tar xzf /tmp/data.tar.gz -C /opt/data",
            f"{fetch}\nRUN tar xzf /tmp/data.tar.gz -C /opt\nRUN rm /tmp/data.tar.gz",
            f"RUN apt-get update && apt-get install -y curl\n"
            f"RUN curl -fsSLO {LOOPBACK}/data.tar.gz && tar xzf data.tar.gz -C /opt",
            f"RUN apt-get update && apt-get install -y wget && \\\n"
            f"    wget -q {LOOPBACK}/data.tar.gz && tar xzf data.tar.gz",
        )
    )


def _variables(chance: Random) -> str:
    return chance.choice(
        (
            "ENV WHERE=/opt/where\nRUN mkdir -p $WHERE && echo here > ${WHERE}/file",
            "ARG NAME=thing\nRUN echo $NAME > /etc/name",
            "RUN export ANSWER=42 && echo $ANSWER > /etc/answer",
            "WORKDIR /var/lib/service\nVOLUME /var/lib/service",
            "HEALTHCHECK CMD true",
            "RUN umask 077 && touch /etc/secret-place\nRUN touch /etc/open-place",
        )
    )


_MORE = (_copy, _owned, _layers, _download, _variables)


def _user(chance: Random) -> str:
    return chance.choice(("USER 1000", "RUN useradd -m last\nUSER last", "USER nobody"))


def _end(chance: Random) -> str:
    return chance.choice(
        ('CMD ["sleep", "60"]', "CMD sleep 60", 'ENTRYPOINT ["sleep"]\nCMD ["60"]', "EXPOSE 8080\nCMD echo ready")
    )


def context(directory: Path) -> None:
    """What the Dockerfiles copy: an application, a repository, an archive."""
    files = {
        "app/main.py": "print('ready')\n",
        "app/app.sh": "#!/bin/sh\necho ready\n",
        "app/main.go": "package main\n\nfunc main() { println(42) }\n",
        "app/go.mod": "module hello\n",
        "app/x.c": '#include <stdio.h>\nint main(void) { return puts("ready") < 0; }\n',
        "requirements.txt": "attrs\n",
        "package.json": '{"name": "web", "dependencies": {"semver": "*"}, "devDependencies": {"uuid": "*"}}\n',
        "README.md": "# web\n",
        ".git/HEAD": "ref: refs/heads/main\n",
    }
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (directory / ".git/pack").write_bytes(Random(1).randbytes(1_000_000))
    shutil.copy("/bin/busybox", directory / "app/busybox")
    with tarfile.open(directory / "data.tar.gz", "w:gz") as archive:
        body = Random(0).randbytes(400_000)
        entry = tarfile.TarInfo("data/body")
        entry.size = len(body)
        archive.addfile(entry, io.BytesIO(body))
