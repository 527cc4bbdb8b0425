"""What stands behind a clean-up and may want what it deletes: then no fix of it is safe."""

import pytest

from shave.lint import LintFinding
from shave.recipe import Recipe, read
from shave.rules import RULES
from shave.rules.known import NOTHING
from shave.rules.wanted import is_unknown, naming, offline


def found(text: str) -> list[LintFinding]:
    recipe = read(text.encode())
    return [finding for rule in RULES for finding in rule.look(recipe, NOTHING)]


def safe(text: str) -> dict[str, bool | None]:
    """Of each rule about caches and lists whether its first fix is safe, None for none."""
    findings = (
        each for each in reversed(found(text)) if each.rule < "SHV128" and each.rule not in ("SHV102", "SHV123")
    )
    return {each.rule: each.fix.is_safe if each.fix else None for each in findings}


@pytest.mark.parametrize(
    "text",
    [
        "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN curl -fsSLO https://x/y.zip && tar -xf y.zip\n",
        "FROM python:3.11-windowsservercore\nRUN poetry install\nRUN pip install flask\n",
    ],
)
def test_windows_has_no_rm(text: str) -> None:
    assert not [finding for finding in found(text) if finding.fix]


YARN = "yarn install --frozen-lockfile"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("SHV124", f"RUN {YARN} && yarn build\nRUN rm -rf node_modules && yarn install --production --offline"),
        ("SHV122", "RUN npm ci && npm run build\nRUN rm -rf node_modules && npm ci --omit=dev --offline"),
        ("SHV122", "RUN npm ci && npm run build\nRUN --network=none npm ci --omit=dev"),
        ("SHV122", "RUN npm ci\nENV npm_config_offline=true\nRUN npm ci --omit=dev"),
        ("SHV121", "RUN uv sync && uv sync --no-dev --offline"),
        ("SHV121", "RUN poetry install\nRUN UV_OFFLINE=1 ./more"),
        ("SHV114", "RUN zypper -n in git\nRUN zypper --no-refresh -n in gcc"),
        ("SHV113", "RUN dnf install -y git\nRUN dnf -C install -y git-core"),
        ("SHV114", "RUN zypper ref\nUSER 1000\nRUN zypper se curl"),
        ("SHV113", "RUN --mount=type=secret,id=x dnf makecache\nRUN dnf install -y less && dnf clean all"),
        ("SHV113", "RUN http_proxy=http://p dnf makecache\nRUN dnf install -y less && dnf clean all"),
        ("SHV113", "RUN dnf makecache > /log"),
        ("SHV113", "RUN dnf makecache\nRUN dnf --setopt=cacheonly=1 install -y git-core"),
        ("SHV113", "RUN dnf makecache\nRUN echo cacheonly=1 >> /etc/dnf/dnf.conf"),
        ("SHV110", "RUN apk add git\nRUN apk add --no-network less"),
        ("SHV110", "RUN apk update\nRUN apk add --no-network less"),
        ("SHV110", "RUN apk update && apk add git && apk list -u"),
        ("SHV110", "RUN apk update\nRUN apk search git"),
        ("SHV125", "RUN bundle install\nRUN bundle install --local"),
    ],
)
def test_a_second_install_without_the_network(rule: str, text: str) -> None:
    assert safe(f"FROM ruby:3.4\n{text}\n")[rule] is False


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("SHV125", "RUN bundle install && cp -r /usr/local/bundle/cache /out"),
        ("SHV125", "RUN bundle install && cp -r /var/lib/gems/3.1.0/cache /out"),
        ("SHV122", "RUN npm ci\nRUN cp -r /root/.npm /out"),
        ("SHV122", 'RUN npm ci\nRUN cp -r "$HOME"/.npm /out'),
        ("SHV122", "RUN npm ci\nFROM node:22\nCOPY --from=deps /root/.npm /root/.npm\nFROM deps"),
        ("SHV122", "RUN npm cache add serve && npm ci"),
        ("SHV120", "RUN pip install x\nFROM a\nRUN --mount=from=deps,source=/root/.cache/pip,target=/c x\nFROM deps"),
        ("SHV120", "RUN pip install x\nFROM a\nCOPY --from=deps /root/.cache /root/.cache\nFROM deps"),
        ("SHV120", "RUN pip install x\nRUN chown -R 1000 /root/.cache"),
        ("SHV101", "RUN apt-get update && apt-get install x\nFROM a\nCOPY --from=deps /var/lib/apt/lists .\nFROM deps"),
        ("SHV110", "RUN apk add git\nRUN tar -C /var/cache/apk -cf /index.tar ."),
    ],
)  # fmt: skip
def test_the_directory_is_named_later(rule: str, text: str) -> None:
    assert safe(f"FROM ruby:3.4 AS deps\n{text}\n")[rule] is False


@pytest.mark.parametrize(
    "text",
    [
        "RUN npm ci\nRUN rm -rf /root/.npm",
        "RUN npm ci\nRUN --mount=type=cache,target=/root/.npm npm install -g serve",
        "RUN npm ci\nCOPY .npmrc /root/.npmrc",
        "RUN npm ci\n# npm ci --offline would do\nCMD ~/.npmrc",
        "RUN npm ci\nRUN mvn dependency:go-offline",
        "RUN npm ci\nCOPY --from=deps /root/.cache/ms-playwright /root/.cache/ms-playwright",
        "RUN npm ci && npm cache clean --force\nRUN npm ci --offline\nRUN npm install -g serve",
    ],
)
def test_what_deletes_or_hides_it_does_not_want_it(text: str) -> None:
    assert safe(f"FROM node:22 AS deps\n{text}\n")["SHV122"] is True


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("SHV121", "ENV UV_OFFLINE=1\nRUN uv sync"),
        ("SHV121", "ARG UV_OFFLINE\nRUN uv sync"),
        ("SHV121", "RUN export UV_OFFLINE=1 && uv sync"),
        ("SHV121", "RUN UV_OFFLINE=1 uv sync"),
        ("SHV121", "RUN uv --offline sync"),
        ("SHV121", "RUN --network=none uv sync"),
        ("SHV121", "FROM acme/a AS a\nENV UV_OFFLINE=1\nFROM a\nRUN uv sync"),
        ("SHV122", "ENV npm_config_offline=true\nRUN npm ci --omit=dev\nRUN npm install -g x"),
        ("SHV122", "RUN npm config set offline true\nRUN npm ci"),
        ("SHV122", "RUN echo offline=true >> ~/.npmrc\nRUN npm ci"),
    ],
)
def test_what_goes_without_the_network_may_be_set_above(rule: str, text: str) -> None:
    assert safe(f"FROM acme/base\n{text}\n")[rule] is False


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("SHV121", "FROM acme/a AS a\nENV UV_OFFLINE=1\nFROM acme/b\nRUN uv sync"),
        ("SHV121", "ENV UV_OFFLINE=0\nRUN uv sync"),
        ("SHV122", "RUN npm ci --prefer-offline\nRUN npm install -g x"),
        ("SHV122", "RUN npm ci --offline\nRUN npm install -g x"),
        ("SHV120", "ENV HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1\nRUN pip install x"),
    ],
)
def test_what_goes_without_the_network_elsewhere(rule: str, text: str) -> None:
    assert safe(f"FROM acme/base\n{text}\n")[rule] is True


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("SHV120", "RUN pip install docopt\nRUN rm -r /root/.cache/pip"),
        ("SHV120", "RUN pip install docopt\nRUN rmdir /root/.cache/pip"),
        ("SHV120", "RUN pip3 install docopt\nRUN pip3 cache purge"),
        ("SHV121", "RUN uv pip install --system x\nRUN rm -r /root/.cache/uv"),
        ("SHV121", "RUN pipenv install\nRUN rm -r /root/.cache/pipenv"),
        ("SHV121", "RUN poetry install\nRUN rm -r /root/.cache/pypoetry/cache"),
    ],
)
def test_a_deletion_that_fails_where_there_is_nothing(rule: str, text: str) -> None:
    assert safe(f"FROM acme/base\n{text}\n")[rule] is False


def test_a_purge_above_needs_nothing_of_what_comes() -> None:
    assert safe("FROM acme/base\nRUN pip install a && pip cache purge\nRUN pip install b\n")["SHV120"] is True


@pytest.mark.parametrize("command", ["uv run --with flask app.py", "uv run --script app.py --help", "uv tool run ruff"])
def test_environments_of_uv_run_are_in_the_cache(command: str) -> None:
    assert "SHV121" not in safe(f"FROM python:3.13\nRUN {command}\n")


@pytest.mark.parametrize("command", ['["uv", "run", "app.py"]', "uvx ruff"])
def test_what_uv_runs_when_the_image_runs_may_be_in_the_cache(command: str) -> None:
    assert safe(f"FROM python:3.13\nRUN uv sync\nCMD {command}\n")["SHV121"] is False


CACHE = "--mount=type=cache,target=/usr/src/app/.npm"


@pytest.mark.parametrize(
    "text",
    [
        f"RUN {CACHE} npm set cache /usr/src/app/.npm && npm ci",
        f"RUN npm config set cache=/usr/src/app/.npm --global\nRUN {CACHE} npm ci",
        f"ENV npm_config_cache=/usr/src/app/.npm\nRUN {CACHE} npm ci",
        "ARG CACHE=/root/.npm\nRUN --mount=type=cache,target=$CACHE npm ci",
        "ARG CACHE\nRUN --mount=type=cache,target=$CACHE npm ci",
        "RUN --mount=type=cache,target=.npm npm ci",
        "ARG WHERE\nRUN npm set cache $WHERE\nRUN npm ci",
        "RUN --mount=type=cache,target=/c yarn config set cache-folder /c && yarn install --frozen-lockfile",
        "RUN --mount=type=cache,target=/c pip config set global.cache-dir /c && pip install flask",
        "ARG LISTS=/var/lib/apt/lists\nRUN --mount=type=cache,target=$LISTS apt-get update && apt-get install -y x",
        "ARG LISTS\nRUN --mount=type=cache,target=$LISTS apt-get update && apt-get install -y x",
    ],
)
def test_caches_that_docker_s_guide_has_npm_keep_on_a_mount(text: str) -> None:
    assert not safe(f"FROM node:22\nWORKDIR /usr/src/app\n{text}\n")


def test_a_mount_that_a_file_may_name_is_not_emptied() -> None:
    assert safe(f"FROM node:22\nRUN {CACHE} npm ci\n")["SHV122"] is None
    assert safe("FROM node:22\nRUN --mount=type=cache,target=/var/cache/apt npm ci\n")["SHV122"] is True
    assert safe("FROM node:22\nRUN --mount=type=cache,target=/home/node/.cache/pip npm ci\n")["SHV122"] is True


def test_a_cache_that_is_moved_by_a_call_is_meant_where_it_is() -> None:
    (finding,) = found("FROM acme/base\nRUN npm set cache /var/npm && npm ci --omit=dev\n")
    assert finding.about
    assert finding.about.globs == ("var/npm/_cacache/**",)


@pytest.mark.parametrize(
    ("text", "globs"),
    [
        ("RUN go mod tidy\nRUN go build .", {("go/pkg/mod/**", "root/go/pkg/mod/**", "home/*/go/pkg/mod/**")}),
        ("RUN mvn dependency:go-offline\nRUN mvn package", {("root/.m2/repository/**", "home/*/.m2/repository/**")}),
        ("RUN dotnet restore\nRUN dotnet publish", {("root/.nuget/packages/**", "home/*/.nuget/packages/**")}),
    ],
)  # fmt: skip
def test_a_cache_is_told_once_for_all_runs_that_fill_it(text: str, globs: set[tuple[str, ...]]) -> None:
    findings = [each for each in found(f"FROM acme/base\n{text}\n") if each.rule == "SHV127"]
    both = [each.about for each in findings if each.about and len(each.about.steps) == 2]
    assert {about.globs for about in both} == globs
    assert len({each.about for each in findings}) == len(findings)


KNOWN = ("cp a b", "/usr/bin/tar -x", "/opt/v/bin/pip install x", "python -m venv /v", "sh -c 'ls'", "sudo ls", "yarn")
KNOWN += ("npm ci", "java -version", "[ -f x ]", "export A=b && cd /x", "find . -exec rm {} +", "conda env create")
KNOWN += ("make -j4 all", "make install", "./configure --prefix=/usr", "python manage.py migrate", "npm run build")
KNOWN += (
    "yarn build",
    "uv run x",
    "python -c 'print(1)'",
    "node captured.js",
    "python setup.py install",
    "./mvnw package",
    "./manage.py migrate",
    "flask db upgrade",
    "nginx -t",
)
KNOWN += ("uv pip install --system -r requirements.txt", "poetry install --no-root", "npm ci --prefix /root/app")
UNKNOWN = ("make install-deps", "make setup", "/app/install", "python install_deps.py", "npm run bootstrap", "make $X")
UNKNOWN += ("npx playwright install-deps", "python -c 'import os; os.system(1)'", 'sh -c "$X"', "curl x | bash", "$X")
UNKNOWN += (". ./env", "xargs ./x", "su a -c ./x", "sh x", "myinstall", "npm $X", "ansible-playbook x.yml", "./x")


def runs(command: str) -> Recipe:
    return read(f"FROM a\nRUN {command}\n".encode())


@pytest.mark.parametrize("command", KNOWN)
def test_known(command: str) -> None:
    assert not any(is_unknown(call) for call in runs(command).steps[1].calls)


@pytest.mark.parametrize("command", UNKNOWN)
def test_unknown(command: str) -> None:
    assert any(is_unknown(call) for call in runs(command).steps[1].calls)


def test_what_stands_above_wants_nothing() -> None:
    recipe = runs("cp -r /root/.npm /out && npm ci --offline")
    run = recipe.steps[1]
    assert naming(recipe, 0, ("~/.npm/_cacache",)) and offline(recipe, run, 0)
    assert naming(recipe, run.end, ("~/.npm/_cacache",)) is None and offline(recipe, run, run.end) is None


APT = "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (APT, "delete the lists in the same RUN"),
        (
            f"{APT}RUN true\nRUN true && \\\n    ./x\n",
            "delete the lists in the same RUN, if line 5 does not need them",
        ),
        (f"{APT}ONBUILD RUN ./x\n", "delete the lists in the same RUN, if line 3 does not need them"),
        (
            f"{APT}COPY --from=x /y /var/lib/apt/lists/\n",
            "delete the lists in the same RUN, if line 3 does not need them",
        ),
        (
            "FROM node:22\nRUN npm ci\nCOPY . .\nRUN npm ci --offline\n",
            "npm cache clean --force in the same RUN, if line 4 does not need the cache",
        ),
        (
            "FROM alpine:3.20\nRUN apk add curl\nRUN apk add --no-network git\n",
            "keep the index in memory, if line 3 does not need the index",
        ),
    ],
)
def test_what_makes_a_fix_unsafe_is_said_by_its_line(text: str, said: str) -> None:
    fix = next(each.fix for each in found(text) if each.rule in ("SHV101", "SHV110", "SHV122"))
    assert fix and (fix.text, fix.is_safe) == (said, "does not need" not in said)
