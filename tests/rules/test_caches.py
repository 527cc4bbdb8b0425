"""Caches of package managers: what cleans them up and what does not, and where a clean-up is put."""

import pytest

from shave.dockerfile.edits import apply
from shave.lint import LintFinding
from shave.recipe import read
from shave.rules import RULES
from shave.rules.known import NOTHING

RULE = {rule.id: rule for rule in RULES}


def found(rule: str, text: str) -> list[LintFinding]:
    return list(RULE[rule].look(read(text.encode()), NOTHING))


def fixed(rule: str, text: str) -> str:
    edits = [edit for finding in found(rule, text) if finding.fix for edit in finding.fix.edits]
    return apply(text.encode(), edits).decode()


CLEAN = (
    ("SHV112", "yum -y install git && yum -y clean all && rm -rf /var/cache/yum"),
    ("SHV113", "dnf install -y git && rm -rf /var/cache/*"),
    ("SHV113", "dnf --installroot=/rootfs install -y bash && dnf --installroot=/rootfs clean all"),
    ("SHV114", "zypper refresh && zypper in -y git && zypper cc -a"),
    ("SHV116", "conda env create -f env.yml && conda clean -tipy"),
    ("SHV116", "conda env list"),
    ("SHV116", "yes | pacman -Syu git && yes | pacman -Scc"),
    ("SHV116", "pacman -Sy && pacman -Ss git"),
    ("SHV116", "pacman -U --noconfirm /src/*.pkg.tar.xz b.pkg.tar.zst"),
    ("SHV120", "PIP_NO_CACHE_DIR=1 pip install flask"),
    ("SHV120", "export PIP_NO_CACHE_DIR=off && pip install flask"),
    ("SHV120", "pip config set global.no-cache-dir true && pip install flask"),
    ("SHV120", "pip install flask && rm -rf ~/.cache"),
    ("SHV120", 'pip install flask && rm -rf "${HOME}/.cache/pip"'),
    ("SHV120", "pip install --cache-dir=/tmp/c flask && rm -rf /tmp/c"),
    ("SHV120", "pip install --no-index --find-links=/wheels flask"),
    ("SHV120", "PIP_NO_INDEX=1 pip install --find-links=/wheels flask"),
    ("SHV120", "--mount=type=cache,target=/home/app/.cache/pip pip install flask"),
    ("SHV120", "--mount=type=cache,target=/c pip install --cache-dir /c flask"),
    ("SHV121", "uv pip compile -o requirements.txt pyproject.toml"),
    ("SHV121", "poetry install && rm -rf $POETRY_CACHE_DIR"),
    # what is installed is in the cache
    ("SHV121", "UV_LINK_MODE=symlink uv sync"),
    ("SHV121", "uv pip install --link-mode symlink flask"),
    ("SHV122", "npm ci --cache /tmp/x && rm -rf /tmp/x"),
    ("SHV122", 'npm ci && rm -rf "$(npm config get cache)"'),
    ("SHV122", "npm ci && rm -rf /home/node/.npm"),
    ("SHV122", "npm_config_cache=/tmp/n npm ci && rm -rf /tmp/n"),
    ("SHV122", "npm run build"),
    ("SHV124", "YARN_CACHE_FOLDER=/y yarn install && rm -rf /y"),
    ("SHV125", 'bundle install && rm -rf "${BUNDLE_PATH}"/ruby/*/cache'),
    ("SHV127", "go build . && rm -rf /root/.cache /go/pkg"),
    ("SHV127", "go mod init x"),
    ("SHV127", "--mount=type=cache,target=/go/pkg/mod go mod download"),
    ("SHV127", "cargo install ripgrep && rm -rf $CARGO_HOME/registry"),
    ("SHV127", "mvn -f /x/pom.xml -Dmaven.repo.local=/m package && rm -rf /m"),
)
"""What a reader of single words may take for a cache that stays."""

LEFT = (
    ("SHV112", "yum install -y git && yum clean metadata"),
    ("SHV113", "dnf install -y git && rm -rf /opt/x"),
    ("SHV113", "dnf install -y git && rm -rf /var/cache/yum"),
    ("SHV113", "dnf clean all && dnf install -y git"),
    ("SHV114", "zypper in -y git && zypper clean"),
    ("SHV116", "pacman -S --noconfirm git && pacman -Scc --noconfirm"),
    ("SHV116", "pacman -Syu --noconfirm git && pacman -Sc --noconfirm"),
    ("SHV121", "poetry install --no-cache"),
    ("SHV122", "npm ci --cache /tmp/x && rm -rf /tmp/y"),
    ("SHV127", "go build . && go clean -cache"),
    ("SHV127", "go build . && rm -rf /root/.cache/go-build"),
    ("SHV127", "--mount=type=cache,target=/go/pkg/mod go build ."),
)
"""What looks like a clean-up of all, and is none."""

FIXES = (
    ("SHV113", "sudo dnf install -y git", "sudo dnf install -y git && sudo dnf clean all"),
    ("SHV113", "dnf install -y git; exit 0", "dnf install -y git && dnf clean all; exit 0"),
    ("SHV113", "dnf install -y git || true", "dnf install -y git && dnf clean all || true"),
    ("SHV113", "dnf install -y npm && npm run x", "dnf install -y npm && dnf clean all && npm run x"),
    ("SHV116", "pacman -S git", "pacman -S git && rm -rf /var/cache/pacman/pkg/*"),
    ("SHV121", "uv tool install ruff", "uv tool install --no-cache ruff"),
    ("SHV121", "pipx install ruff", "pipx install ruff && rm -rf ~/.cache/pip"),
    (
        "SHV121",
        "poetry install",
        "poetry install && rm -rf ~/.cache/pypoetry/artifacts ~/.cache/pypoetry/cache",
    ),
    ("SHV122", "npm ci && apt-get purge -y npm", "npm ci && npm cache clean --force && apt-get purge -y npm"),
    ("SHV122", "npm ci || npm install", "npm ci || npm install && npm cache clean --force"),
    ("SHV122", "npm ci || sudo npm ci", "npm ci || { sudo npm ci && sudo npm cache clean --force; }"),
    ("SHV122", "! yes | npm ci || npm ci", "! yes | npm ci || { npm ci && npm cache clean --force; }"),
    ("SHV122", "npm ci --cache /c", "npm ci --cache /c"),
    ("SHV127", "go build . && make", "go build . && make && go clean -cache && go clean -modcache"),
    ("SHV127", "cargo build", 'cargo build && rm -rf "${CARGO_HOME:-$HOME/.cargo}/registry"'),
    ("SHV127", "go build . && exit 0", "go build . && exit 0"),
    # behind || the clean-up is of what was chosen, else its tool may not be there
    ("SHV112", "a || yum install -y b", "a || { yum install -y b && yum clean all; }"),
    (
        "SHV122",
        "command -v node || npm install -g b; c",
        "command -v node || { npm install -g b && npm cache clean --force; }; c",
    ),
    # in a branch, or a subshell with a PATH of its own, it stays there
    (
        "SHV112",
        "if a; then yum install -y b; yum install -y c; else d; fi",
        "if a; then yum install -y b; yum install -y c && yum clean all; else d; fi",
    ),
    (
        "SHV122",
        "(. ~/.nvm/nvm.sh && npm i -g a && npm i -g b)",
        "(. ~/.nvm/nvm.sh && npm i -g a && npm i -g b && npm cache clean --force)",
    ),
    (
        "SHV122",
        "if a; then npm ci; else npm install; fi",
        "if a; then npm ci && npm cache clean --force; else npm install && npm cache clean --force; fi",
    ),
    ("SHV127", "if a; then go build .; fi && make", "if a; then go build .; fi && make"),
    ("SHV127", "a && dotnet restore; b", "a && dotnet restore; b"),
    ("SHV127", "go build . && rm -rf /usr/local/go", "go build . && rm -rf /usr/local/go"),
    ("SHV127", "go build . && apk del go", "go build . && apk del go"),
    ("SHV122", "npm ci && sh -c 'npm ci'", "npm ci && sh -c 'npm ci'"),
    # it is called as its tool is called
    (
        "SHV116",
        "/opt/conda/bin/conda install -y numpy",
        "/opt/conda/bin/conda install -y numpy && /opt/conda/bin/conda clean --all --yes",
    ),
    ("SHV116", "~/m/bin/mamba install -y a", "~/m/bin/mamba install -y a && ~/m/bin/mamba clean --all --yes"),
    (
        "SHV122",
        "PATH=/opt/node/bin:$PATH npm ci",
        "PATH=/opt/node/bin:$PATH npm ci && PATH=/opt/node/bin:$PATH npm cache clean --force",
    ),
    ("SHV122", "gosu app npm ci", "gosu app npm ci && gosu app npm cache clean --force"),
    ("SHV122", "cat list | xargs npm install -g", "cat list | xargs npm install -g"),
    ("SHV112", "set -e; yum install -y a; set +e; b", "set -e; yum install -y a; yum clean all; set +e; b"),
    ("SHV112", "if a; then set -e; fi; yum install -y b; c", "if a; then set -e; fi; yum install -y b; c"),
)


@pytest.mark.parametrize(("rule", "command"), CLEAN)
def test_clean(rule: str, command: str) -> None:
    assert not found(rule, f"FROM acme/base\nRUN {command}\n")


@pytest.mark.parametrize(("rule", "command"), LEFT)
def test_left(rule: str, command: str) -> None:
    assert found(rule, f"FROM acme/base\nRUN {command}\n")


@pytest.mark.parametrize(("rule", "command", "expected"), FIXES)
def test_fixed_and_then_silent(rule: str, command: str, expected: str) -> None:
    mended = fixed(rule, f"FROM acme/base\nRUN {command}\n")
    assert mended == f"FROM acme/base\nRUN {expected}\n"
    assert command == expected or not found(rule, mended)


@pytest.mark.parametrize(
    ("command", "is_safe"),
    [
        ("yarn install --production", True),
        ("yarn global add serve", False),
        ("yarn upgrade", False),
        ("yarn install", False),
        ("yarn install --frozen-lockfile", False),
        ("yarn install --immutable", False),
        ("corepack enable && yarn install --frozen-lockfile", False),
    ],
)
def test_later_yarn_runs_programs_out_of_its_cache(command: str, is_safe: bool) -> None:
    """The context may bring Yarn 4, which takes --frozen-lockfile, too."""
    (finding,) = found("SHV124", f"FROM node:20\nCOPY . .\nRUN {command}\n")
    assert finding.fix
    assert finding.fix.is_safe == is_safe


@pytest.mark.parametrize(
    ("text", "is_safe"),
    [
        ("FROM node:18-alpine\nRUN yarn add serve\n", True),
        ("FROM node:18-alpine\nRUN yarn global add serve\n", True),
        ("FROM node:18-alpine\nWORKDIR /app\nRUN apk add --no-cache git && yarn add serve\n", True),
        ("FROM node:18-alpine\nCOPY . .\nRUN yarn add serve\n", False),
        ("FROM node:18-alpine\nRUN ./setup && yarn add serve\n", False),
        ("FROM node:18-alpine\nRUN yarn policies set-version 2 && yarn add serve\n", False),
        ("FROM node:18-alpine\nRUN --mount=target=/app yarn add serve\n", False),
        ("FROM node:18-alpine\nRUN git clone https://x/y . && yarn add serve\n", False),
        ("FROM acme/base\nRUN yarn add serve\n", False),
    ],
)
def test_yarn_as_it_is_delivered_is_yarn_1(text: str, is_safe: bool) -> None:
    (finding,) = found("SHV124", text)
    assert finding.fix
    assert (finding.fix.is_safe, "if it is Yarn 1" in finding.fix.text) == (is_safe, not is_safe)


@pytest.mark.parametrize(
    ("user", "is_safe"), [("", True), ("USER root\n", True), ("USER app\n", False), ("USER 1000\n", False)]
)
def test_gems_of_root_are_deleted_by_nobody_else(user: str, is_safe: bool) -> None:
    (finding,) = found("SHV125", f"FROM ruby:3.3\nRUN gem install rake\n{user}RUN bundle install\n")
    assert finding.fix and finding.fix.is_safe == is_safe


APP = "FROM acme/base\nRUN useradd -m app\nUSER app\nRUN --mount=type=cache,target="


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (f"{APP}/root/.cache/pip pip install six\n", "/home/app/.cache/pip"),
        (f"{APP}/root/.cache pip install six\n", "/home/app/.cache"),
        ("FROM node:22\nUSER node\nRUN --mount=type=cache,target=/root/.npm npm ci\n", "/home/node/.npm"),
    ],
)
def test_a_mount_of_root_s_home_serves_nobody_else(text: str, own: str) -> None:
    (finding,) = (each for rule in ("SHV120", "SHV122") for each in found(rule, text))
    assert finding.fix is None
    assert finding.advice.startswith(f"mount {own},")


@pytest.mark.parametrize(
    "text",
    [
        f"{APP}/home/app/.cache/pip,uid=1000 pip install six\n",
        f"{APP}$CACHE pip install six\n",
        f"{APP}/root/.cache/pip pip install --cache-dir /root/.cache/pip six\n",
        f"{APP}/root/.cache/pip sudo pip install six\n",
        "FROM acme/base\nRUN useradd -m -d /srv/app app\nUSER app\n"
        "RUN --mount=type=cache,target=/srv/app/.cache/pip pip install six\n",
    ],
)
def test_a_mount_that_may_be_the_user_s(text: str) -> None:
    assert not found("SHV120", text)


def test_what_is_moved_is_meant_where_it_is() -> None:
    (finding,) = found("SHV122", "FROM node:20\nENV npm_config_cache=/var/npm\nRUN npm ci\n")
    assert finding.about
    assert finding.about.globs == ("var/npm/_cacache/**",)
    assert finding.fix is None


def test_only_a_run_knows_where_it_is() -> None:
    assert not found("SHV120", "FROM python:3.13\nARG C\nRUN pip install --cache-dir=$C flask\n")


def test_pip_before_6_has_neither_cache_nor_option() -> None:
    assert not found("SHV120", "FROM ubuntu:14.04\nRUN pip install flask\n")


COMPILED, SOURCES = "what go compiled stays in the layer", "the source of go's modules stays in the layer"


@pytest.mark.parametrize(
    ("version", "command", "said"),
    [
        ("1.8", "go get golang.org/x/lint/golint", set()),
        ("1.8", "go build .", set()),
        ("1.10-alpine", "go get golang.org/x/lint/golint", {COMPILED}),
        ("1.10-alpine", "go build .", {COMPILED}),
        ("1.17", "go get golang.org/x/lint/golint", {COMPILED, SOURCES}),
        ("1.17", "go get -d golang.org/x/lint/golint", {SOURCES}),
        ("1.22", "go get golang.org/x/lint/golint", {SOURCES}),
    ],
)
def test_what_go_of_a_version_keeps(version: str, command: str, said: set[str]) -> None:
    assert {each.text for each in found("SHV127", f"FROM golang:{version}\nRUN {command}\nCMD go\n")} == said


def test_gems_of_other_images_are_elsewhere() -> None:
    assert [each.fix for each in found("SHV125", "FROM debian:12\nRUN bundle install\n")] == [None]


def test_environments_of_poetry_stay() -> None:
    (finding,) = found("SHV121", "FROM python:3.13\nRUN poetry install\n")
    assert finding.about
    assert not any("virtualenvs" in glob or glob.endswith("pypoetry/**") for glob in finding.about.globs)


def test_heredoc() -> None:
    text = "FROM fedora:42\nRUN <<EOF\nset -e\ndnf install -y git\nexit 0\nEOF\n"
    assert "dnf install -y git\ndnf clean all\nexit 0" in fixed("SHV113", text)


@pytest.mark.parametrize(
    ("rule", "command", "expected"),
    [
        ("SHV114", "zypper install -y git; zypper clean", "zypper install -y git; zypper clean --all"),
        ("SHV114", "zypper in -y git && zypper -n clean -m", "zypper in -y git && zypper -n clean --all -m"),
        ("SHV113", "dnf install -y git; dnf clean packages", "dnf install -y git; dnf clean all"),
        ("SHV113", "dnf clean packages; dnf install -y git", "dnf clean packages; dnf install -y git && dnf clean all"),
        ("SHV122", "npm ci && npm cache verify", "npm ci && npm cache clean --force && npm cache verify"),
        # it may not be run
        ("SHV114", "zypper in -y x || zypper clean", "zypper in -y x && zypper clean --all || zypper clean"),
    ],
)
def test_what_cleans_in_part_cleans_all(rule: str, command: str, expected: str) -> None:
    assert fixed(rule, f"FROM x\nRUN {command}\n") == f"FROM x\nRUN {expected}\n"


@pytest.mark.parametrize("install", ["pacman -S", "conda install -y", "pacman -U https://h/x.pkg.tar.zst"])
def test_what_several_runs_leave_of_packages_has_one_price(install: str) -> None:
    several = found("SHV116", f"FROM x\nRUN {install} a\nRUN {install} b\nRUN {install} c\n")
    assert [bool(each.amount) for each in several] == [True, False, False]
