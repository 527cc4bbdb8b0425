import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.globs import matcher
from shave.waste.facts import Classifier, WasteFact, facts


def name_of(path: str, size: int = 1 << 20) -> str | None:
    fact = Classifier(facts())(path, size)
    return fact.name if fact else None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("var/cache/pacman/pkg/gcc-14.zst", "pacman cache"),
        ("opt/conda/pkgs/numpy/x.py", "conda packages"),
        ("app/.cache/pip/http/x", "Python tools' caches"),
        ("home/me/.bun/install/cache/x", "Node tools' caches"),
        ("usr/local/lib/ruby/gems/3.3.0/cache/rails-7.gem", "bundler and gem cache"),
        ("usr/local/lib/ruby/gems/3.3.0/gems/rails-7/lib/x.rb", None),
        ("go/pkg/mod/x@v1/x.go", "Go modules and build cache"),
        ("root/.m2/repository/x.jar", "Maven, Gradle and sbt caches"),
        ("root/.nuget/packages/x.dll", "NuGet packages"),
        ("opt/java/man/man1/java.1", "man pages elsewhere"),
        ("opt/x/share/doc/x/README", "documentation elsewhere"),
        ("app/node_modules/x/README.md", "documentation elsewhere"),
        ("app/node_modules/x/LICENSE.md", None),
        ("usr/share/locale/de/LC_MESSAGES/bash.mo", "translations"),
        ("usr/share/locale/locale.alias", None),
        ("usr/lib/locale/locale-archive", "sources and archives of locales"),
        ("usr/lib/locale/C.utf8/LC_CTYPE", None),
        ("usr/lib/python3/dist-packages/numpy/core/tests/test_x.py", "tests of Python packages"),
        ("usr/local/lib/python3.11/test/test_x.py", "tests of Python packages"),
        ("usr/local/lib/python3.11/unittest/case.py", None),
        ("app/tests/test_x.py", None),
        ("app/node_modules/x/test/x.js", "tests of Node packages"),
        ("app/node_modules/@y/x/test/x.js", "tests of Node packages"),
        ("app/node_modules/test/index.js", None),
        ("usr/include/stdio.h", "headers"),
        ("usr/lib/x86_64-linux-gnu/pkgconfig/zlib.pc", "headers"),
        ("usr/lib/x86_64-linux-gnu/libc.a", "static libraries"),
        ("usr/local/go/pkg/linux/lib/x.a", None),
        ("usr/lib/debug/.build-id/00/x.debug", "files of debug symbols"),
        ("app/bin/App.pdb", "files of debug symbols"),
        ("app/x.pyc", "compiled Python"),
        ("src/.git/objects/pack/x.pack", "repositories"),
        ("src/.github/workflows/ci.yml", None),
        ("core", "memory images"),
        ("app/core.1234", "memory images"),
        ("app/core.py", None),
        ("app/java_pid7.hprof", "heap dumps and crash reports"),
        ("app/hs_err_pid7.log", "heap dumps and crash reports"),
        ("x.tar.gz", "downloads"),
        ("opt/x.tgz", "downloads"),
        ("opt/x/y.zip", "downloads"),
        ("opt/x/lib/y.zip", None),
        ("tmp/a/b/x.deb", "downloads"),
        ("tmp/a/b/x", "temporary files"),
        ("var/log/nginx/error.log", "logs"),
        ("var/log/dpkg.log", "package manager logs"),
        ("root/.bash_history", "traces of a shell and of editors"),
        ("root/.ssh/id_rsa", "private keys of SSH"),
        ("root/.ssh/id_rsa.pub", None),
        ("tmp/id_ed25519", "private keys of SSH"),
        ("etc/ssh/ssh_host_rsa_key", "host keys of SSH"),
        ("etc/ssh/ssh_host_rsa_key.pub", None),
        ("app/.npmrc", "credentials of package managers"),
        ("app/node_modules/x/.npmrc", None),
        ("root/.netrc", "credentials of network tools"),
        ("root/.aws/credentials", "credentials of clouds and clusters"),
        ("root/.docker/config.json", "credentials of clouds and clusters"),
        ("app/.env", "environment files"),
        ("app/.env.production", "environment files"),
        ("app/.env.example", None),
        ("etc/letsencrypt/archive/x/privkey1.pem", "private keys of TLS"),
        ("app/certs/server.key", "private keys of TLS"),
        ("etc/ssl/certs/ca-certificates.pem", None),
        ("etc/ssl/certs/server.key", None),
        ("root/.gnupg/private-keys-v1.d/00.key", "private keys of GnuPG"),
    ],
)
def test_paths(path: str, name: str | None) -> None:
    assert name_of(path) == name


def test_a_small_file_is_no_download() -> None:
    assert (name_of("tmp/x.zip", 99_999), name_of("tmp/x.zip", 100_000)) == ("temporary files", "downloads")


PARTS = [
    "usr",
    "var",
    "lib",
    "cache",
    "tests",
    "x",
    "home",
    "me",
    ".npm",
    "_cacache",
    "core.1",
    "a.b.deb",
    ".env.x",
    ".x",
]
GLOBS = [
    "**",
    "*",
    "lib",
    "{usr,home/*}",
    "{tests,test}",
    "**.deb",
    "*.{b,deb}",
    "core.[0-9]*",
    ".env.*",
    "c*e",
    "[a-z]",
    "?",
]


@given(
    st.lists(st.lists(st.sampled_from(GLOBS), min_size=1, max_size=4).map("/".join), min_size=1, max_size=4),
    st.lists(st.lists(st.sampled_from(PARTS), min_size=1, max_size=5).map("/".join), min_size=1, max_size=6),
)
def test_a_classifier_finds_what_every_glob_by_itself_would_find(globs: list[str], paths: list[str]) -> None:
    known = [WasteFact(glob, "", (glob,), "", "") for glob in globs]
    classify = Classifier(known)
    for path in paths:
        assert classify(path, 1) == next((fact for fact in known if matcher(fact.globs)(path)), None)


def test_every_fact_says_why_and_where_that_is_written() -> None:
    names = [fact.name for fact in facts()]
    assert len(set(names)) == len(names)
    for fact in facts():
        assert fact.globs and fact.why and fact.source
        assert fact.fix or fact.kind != "caches"
        # a brace in a brace means itself, and a choice that ends with a slash everything below
        assert not any(re.search(r"\{[^}]*\{|/[,}]", glob) for glob in fact.globs), fact.name
