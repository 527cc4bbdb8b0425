"""Whose files a command changes: the nearest step's that wrote them, and nobody's where that is not known."""

import pytest

from shave.dockerfile.edits import apply
from shave.lint import LintFinding
from shave.recipe import read
from shave.rules import RULES, split_runs
from shave.rules.known import NOTHING

OURS = tuple(rule for rule in RULES if rule.id in ("SHV201", "SHV202", "SHV203", "SHV208"))


def found(text: str) -> list[LintFinding]:
    recipe = read(f"FROM x\nWORKDIR /app\n{text}\n".encode())
    return [finding for rule in OURS for finding in rule.look(recipe, NOTHING)]


def said(text: str) -> list[str]:
    return [f"{each.rule} {each.severity}: {each.text}" for each in found(text)]


OWN = [
    "COPY root /\nRUN apt-get update && apt-get upgrade -y && rm -r /var/lib/apt/lists",
    "COPY . .\nRUN set -eux; rails assets:precompile; rm -rf /tmp/* tmp/* log/* .cache/*",
    "COPY . .\nRUN npm ci && bundle && rm -rf node_modules",
    "COPY artisan composer.json ./\nRUN composer global require x/y && rm -rf .composer",
    "COPY --from=y / /\nRUN git clone --depth=1 https://h/a.git . && chown -R nobody . && rm -rf /tmp/*",
    "COPY . .\nRUN mkdir -p var/cache && chown -R www-data var",
    "RUN curl https://h/p.tgz | tar xz -C /usr/src\nRUN curl -o /usr/src/p/x.gz https://h/x.gz; gunzip /usr/src/p/x.gz",
    "RUN tar xzf a.tgz -C /tmp\nRUN cd /tmp && wget -qO- https://h/b.tgz | tar xzf - && make -C b-1 && rm -r /tmp/b-1",
    "COPY . .\nRUN npm run build && mv dist /srv",
]


@pytest.mark.parametrize("text", OWN)
def test_what_the_run_itself_may_have_made_is_nobody_elses(text: str) -> None:
    assert said(text) == []


NEAREST = [
    (
        "RUN curl https://h/n.tgz | tar xz -C /usr/local\nRUN gem install a\nRUN chown -R 9 /usr/local/bundle",
        "SHV202 warning: this writes the files of the RUN in line 4 a second time",
    ),
    (
        "COPY package.json ./\nRUN npm install\nCOPY . .\nRUN chown -R node:node /app",
        "SHV202 warning: this writes the files of the RUN in line 4 and the COPY in line 5 a second time",
    ),
    (
        "COPY req.txt /srv/\nWORKDIR /srv/app\nCOPY --from=y /src ./\nRUN useradd u && chown -R u ../",
        "SHV202 warning: this writes the files of the COPY in line 3 and the COPY in line 5 a second time",
    ),
    (
        "COPY bin/* /usr/bin/\nRUN wget -O /usr/bin/k https://h/k\nRUN chmod -R a+x /usr/bin/*",
        "SHV202 warning: this writes the files of the COPY in line 3 and the RUN in line 4 a second time",
    ),
    (
        "COPY . .\nADD tools /app/tools\nRUN chmod -R +x /app/tools",
        "SHV202 warning: this writes the files of the ADD in line 4 a second time",
    ),
    (
        "COPY Gemfile ./\nCOPY package.json /tmp/npm/\nRUN cd /tmp/npm && npm install\nRUN mv /tmp/npm /app/",
        "SHV203 warning: mv leaves what the RUN in line 5 wrote in its layer",
    ),
    (
        "RUN npm ci\nRUN rm -rf node_modules",
        "SHV201 warning: this frees nothing: the RUN in line 3 has it in its layer",
    ),
]


@pytest.mark.parametrize(("text", "expected"), NEAREST)
def test_the_nearest_and_dearest_writers_are_named(text: str, expected: str) -> None:
    assert said(text) == [expected]


PARTS = [
    (
        "COPY . .\nRUN npm run build && rm -rf src",
        "SHV201 info: this does not free what the COPY in line 3 brought of it",
    ),
    (
        "COPY . .\nRUN chmod -R 777 storage",
        "SHV202 info: this writes a second time what the COPY in line 3 brought of it",
    ),
    ("COPY . .\nRUN mv dist /srv", "SHV203 info: mv leaves what the COPY in line 3 brought of it in its layer"),
    (
        "COPY . .\nRUN wget -qO- https://h/i | php\nRUN mv composer.phar /usr/bin/composer",
        "SHV203 info: mv leaves what it takes in the layer of an earlier step",
    ),
    (
        "COPY src src\nRUN make && rm -r src",
        "SHV201 warning: this does not free what the COPY in line 3 has in its layer",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PARTS)
def test_what_is_not_known_to_be_there_is_not_stated(text: str, expected: str) -> None:
    assert said(text) == [expected]


def advice(text: str) -> str:
    (finding,) = found(text)
    return finding.advice


def test_what_the_build_needs_is_not_left_out_of_the_context() -> None:
    assert "dockerignore" in advice("COPY . .\nRUN rm -rf tests")
    assert "dockerignore" not in advice("ADD . /a\nADD docker/ /\nRUN rm -rf /a/docker")
    assert "dockerignore" not in advice("COPY custom custom\nRUN cp -r custom/* /srv && rm -rf custom")
    assert "dockerignore" not in advice("COPY . .\nRUN npm run build && rm -rf src")


def test_an_owner_that_copy_has_set_is_not_asked_for_again() -> None:
    assert advice("COPY --chown=a . /srv/a\nRUN ./make\nRUN chown -R a /srv/a").startswith("leave chown to what")
    assert advice("COPY . /srv\nRUN echo x && chown -R root:root /srv") == "leave it out: what COPY brings is root's"
    assert "root's" not in advice("ADD a.tgz /srv/a\nRUN chown -R root:root /srv/a")
    assert "root's" not in advice("COPY --from=y /a /srv/a\nRUN chown -R root:root /srv/a")


def test_modes_in_words_need_a_newer_syntax_than_octal_ones() -> None:
    assert "1.14" in advice("COPY a /srv/a\nRUN chmod -R go=u /srv/a")
    assert "1.14" not in advice("COPY a b /srv/\nRUN chmod -R 755 /srv")


def test_a_directory_alone_is_granted_without_its_files() -> None:
    assert said("COPY poetry.lock uv.lock ./\nCOPY --chown=app . /app\nRUN chown app /app") == []


@pytest.mark.parametrize("name", ["start", "start-worker", "init", "boot"])
def test_a_script_without_a_suffix_is_small(name: str) -> None:
    assert said(f"COPY ./{name} /{name}\nRUN chmod +x /{name}") == []


def test_what_sed_edits_is_a_text() -> None:
    assert said("COPY ./go /go\nRUN sed -i 's/\\r$//' /go\nRUN chmod +x /go") == []


def fixed(text: str) -> str | None:
    text = f"FROM x\n{text}\n"
    edits = [
        edit for rule in OURS for each in rule.look(read(text.encode()), NOTHING) if each.fix for edit in each.fix.edits
    ]
    return apply(text.encode(), edits).decode().removeprefix("FROM x\n").removesuffix("\n") if edits else None


KEPT = [
    "WORKDIR /app\n{} . .\nRUN {} /app\nUSER node",
    "RUN mkdir /app\n{} . /app\nRUN {} /app\nUSER node",
    "{} . /home/node\nRUN {} /home/node",
]


@pytest.mark.parametrize("text", KEPT)
def test_a_directory_that_was_there_keeps_its_chown(text: str) -> None:
    assert fixed(text.format("COPY", "chown -R node:node")) == text.format("COPY --chown=node:node", "chown node:node")


@pytest.mark.parametrize(
    "text",
    [
        "COPY a.sh /srv/a.sh\nCOPY . /srv\nRUN chown -R 9 /srv",
        "COPY . /a\nRUN mkdir /a/data && chown -R 9 /a",
        "COPY . /a\nRUN cd /a && ./build\nRUN chown -R 9 /a",
        "COPY bin/* /usr/bin/\nRUN wget -O /usr/bin/k https://h/k && chmod -R 755 /usr/bin/*",
        "COPY a.bin /srv/\nRUN tar xf b.tgz -C /srv && chmod 755 /srv/*",
    ],
)
def test_what_others_put_there_keeps_its_chown(text: str) -> None:
    assert fixed(text) is None


def test_only_what_the_nearest_run_wrote_is_merged() -> None:
    text = "RUN curl https://h/n | tar xz -C /usr/local\nRUN gem install a\nRUN chown -R 9 /usr/local/bundle"
    assert fixed(text) == (
        "RUN curl https://h/n | tar xz -C /usr/local\nRUN gem install a && chown -R 9 /usr/local/bundle"
    )


def test_packages_of_other_managers_are_mounted_too() -> None:
    for name, command in [
        ("a.tgz", "npm i ./a.tgz"),
        ("a.tgz", "npm i -g /app/a.tgz"),
        ("a.rpm", "zypper -n in /app/a.rpm"),
        ("a.pkg.tar.zst", "pacman -U --noconfirm /app/a.pkg.tar.zst"),
    ]:
        (finding,) = found(f"COPY {name} ./\nRUN {command} && rm {name}")
        assert (finding.rule, finding.fix is not None) == ("SHV208", True)


def test_packages_of_one_copy_are_told_of_once() -> None:
    assert len(found("COPY a.tgz b.tgz ./\nRUN npm i ./a.tgz ./b.tgz && rm a.tgz b.tgz")) == 1


STAYS = "what this takes away "


def uninstalled(text: str) -> list[str]:
    recipe = read(f"FROM x\n{text}\n".encode())
    return [
        f"{each.severity} {each.text.removeprefix(STAYS)}{' fixed' if each.fix else ''}"
        for each in split_runs.look(recipe, NOTHING)
    ]


UNINSTALLED = [
    (
        "RUN pip install six\nRUN pip install idna\nRUN pip uninstall -y six",
        ["warning stays in the layer of the RUN in line 2"],
    ),
    (
        "RUN pip install idna\nRUN pip install Six==1\nRUN pip uninstall -y six",
        ["warning stays in the layer of the RUN in line 3 fixed"],
    ),
    (
        "RUN uv pip install --system six idna\nRUN uv pip uninstall --system six",
        ["warning stays in the layer of the RUN in line 2 fixed"],
    ),
    (
        "RUN python -m pip install zope.interface\nRUN pip3 uninstall -y zope-interface",
        ["warning stays in the layer of the RUN in line 2 fixed"],
    ),
    ("RUN pip install -r a.txt\nRUN pip uninstall -y six", ["info may stay in the layer of the RUN in line 2 fixed"]),
    (
        "RUN pip install -r a.txt\nRUN pip install ./b[c]\nRUN pip uninstall -y six",
        ["info stays in the layer that has it"],
    ),
    (
        "RUN pip install -U pip\nRUN pip install ./b[c]\nRUN pip uninstall -y six",
        ["info may stay in the layer of the RUN in line 3 fixed"],
    ),
    ("RUN pip install six\nRUN pip uninstall -y six; pip install six==1\nRUN pip uninstall -y six", 2),
    ("RUN pip install idna\nRUN pip uninstall -y pip setuptools wheel", []),
    ("RUN pip install six\nRUN pip install six==2 && pip uninstall -y six", []),
    ("RUN pip uninstall -y six", []),
    ("RUN npm i -g @a/b@2 c\nRUN npm i -g d\nRUN npm rm -g @a/b", ["warning stays in the layer of the RUN in line 2"]),
    (
        "RUN npm ci\nRUN npm run build\nRUN npm prune --omit=dev",
        ["warning stays in the layer of the RUN in line 2 fixed"],
    ),
    ("RUN pip install -c c.txt idna\nRUN pip install -r a.txt\nRUN pip uninstall -y six", 1),
    (
        "RUN pip install -c c.txt flask\nRUN pip uninstall -y numpy",
        ["info may stay in the layer of the RUN in line 2 fixed"],
    ),
    ("RUN pip install six\nRUN pip uninstall -y six\nRUN pip install -r a\nRUN pip uninstall -y six", 1),
]


@pytest.mark.parametrize(("text", "expected"), UNINSTALLED)
def test_what_is_uninstalled_is_of_the_run_that_names_it(text: str, expected: list[str] | int) -> None:
    found = uninstalled(text)
    assert (len(found) if isinstance(expected, int) else found) == expected


@pytest.mark.parametrize("text", ["rm -rf /var/lib/apt/lists/*", "rm -rf /tmp/* log", "chmod -R 777 tmp"])
def test_what_programs_fill_was_in_no_copy(text: str) -> None:
    assert said(f"COPY . .\nCOPY root /\nRUN {text}") == []


def test_parts_of_one_tree_are_told_once_of_a_run() -> None:
    assert len(said("COPY . .\nRUN rm -r a && rm -r b\nRUN rm -r c")) == 2


def test_a_part_of_what_is_installed_may_not_be_there() -> None:
    assert said("RUN npm ci\nRUN rm -rf node_modules/typescript") == [
        "SHV201 info: this does not free what the RUN in line 3 brought of it"
    ]


def test_a_directory_that_copy_makes_has_mode_755_whatever_is_asked_for() -> None:
    assert fixed("COPY . /a\nRUN chmod -R 777 /a") == "COPY --chmod=777 . /a\nRUN chmod 777 /a"
    assert fixed("COPY . /a\nRUN chmod -R 755 /a") == "COPY --chmod=755 . /a"


def test_the_directory_that_a_run_works_in_is_not_mounted() -> None:
    (finding,) = found("COPY --from=y /packed .\nRUN npm install -g /app/v.tgz && rm /app/v.tgz")
    assert (finding.rule, finding.fix) == ("SHV208", None)


def test_link_knows_no_names_of_users() -> None:
    assert "by number" in advice("COPY --link . /srv/a\nRUN chown -R node /srv/a")
    assert fixed("COPY --link . /a\nRUN chown -R node /a") is None
    assert fixed("COPY --link . /a\nRUN chown -R 9:9 /a") == "COPY --chown=9:9 --link . /a"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "constraints.txt", "x.c", "x.h", "x.env"])
def test_nothing_is_said_of_texts_of_a_few_bytes(name: str) -> None:
    assert said(f"COPY {name} ./\nRUN x -r {name}\nRUN rm -rf {name}") == []


def test_a_file_that_is_copied_by_name_is_not_to_be_left_out_as_another_may_name_it() -> None:
    (finding,) = found("COPY base.bin all.bin /opt/\nRUN x -r /opt/all.bin && rm /opt/base.bin")
    assert finding.advice == "mount it for the RUN that needs it: RUN --mount=type=bind"


@pytest.mark.parametrize(("owner", "expected"), [("root:root", ""), ("app", ", behind the step that makes the user")])
def test_nobody_has_to_make_root(owner: str, expected: str) -> None:
    (finding,) = found(f"COPY --from=y /app /\nRUN chown -R {owner} /etc/netdata")
    assert finding.advice == f"COPY --chown{expected}"
