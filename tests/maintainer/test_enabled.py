"""Parts of Apache httpd and PHP that are turned on; the expected links are those of a bookworm installation."""

from pathlib import Path

from shave.maintainer.enabled import Enabled
from shave.maintainer.protocol import Call
from shave.testing.builder import Directory, File, Member, Symlink
from stages import called, staged

APACHE: dict[str, Member] = {
    "/etc/apache2/mods-available/auth_basic.load": File(b"# Depends: authn_core\nLoadModule auth_basic_module x.so\n"),
    "/etc/apache2/mods-available/authn_core.load": File(b"# Depends: auth_basic\nLoadModule authn_core_module y.so\n"),
    "/etc/apache2/mods-available/dir.load": File(b"LoadModule dir_module z.so\n"),
    "/etc/apache2/mods-available/dir.conf": File(b"DirectoryIndex index.html\n"),
    "/etc/apache2/sites-available/000-default.conf": File(b"<VirtualHost *:80>\n"),
}
PHP: dict[str, Member] = {
    "/etc/php/8.2/cli/conf.d": Directory(),
    "/etc/php/8.2/fpm/conf.d": Directory(),
    "/usr/lib/php/8.2/sapi/cli": b"",
    "/usr/lib/php/8.2/sapi/fpm": b"",
    "/etc/php/8.2/mods-available/opcache.ini": File(b"; configuration for php opcache module\n; priority=10\n"),
    "/etc/php/8.2/mods-available/pdo.ini": File(b"extension=pdo.so\n"),
}


def links(directory: Path, image: dict[str, Member], *calls: list[str | None]) -> dict[str, str]:
    made = called(Enabled(), staged(directory, {"one": image}), *calls)
    return {path: member.target for path, member in made.items() if isinstance(member, Symlink)}


def test_modules_come_with_their_settings_and_what_they_need(tmp_path: Path) -> None:
    words: list[str | None] = ["a2enmod", "-m", "-q", "auth_basic", "dir", "missing", "../mods-available/dir"]
    assert links(tmp_path, APACHE, words, ["a2ensite", "-q", "000-default"]) == {
        "etc/apache2/mods-enabled/auth_basic.load": "../mods-available/auth_basic.load",
        "etc/apache2/mods-enabled/authn_core.load": "../mods-available/authn_core.load",
        "etc/apache2/mods-enabled/dir.load": "../mods-available/dir.load",
        "etc/apache2/mods-enabled/dir.conf": "../mods-available/dir.conf",
        "etc/apache2/sites-enabled/000-default.conf": "../sites-available/000-default.conf",
    }


def test_a_module_of_php_for_every_interface(tmp_path: Path) -> None:
    assert links(tmp_path, PHP, ["phpenmod", "-m", "-v", "8.2", "-s", "ALL", "-q", "opcache"]) == {
        f"etc/php/8.2/{interface}/conf.d/10-opcache.ini": "/etc/php/8.2/mods-available/opcache.ini"
        for interface in ("cli", "fpm")
    }


def test_every_module_of_php_for_one_interface(tmp_path: Path) -> None:
    assert set(links(tmp_path, PHP, ["phpenmod", "-m", "-v", "8.2", "-s", "cli", "-q", None])) == {
        "etc/php/8.2/cli/conf.d/10-opcache.ini",
        "etc/php/8.2/cli/conf.d/20-pdo.ini",
    }


def test_without_a_version_it_is_said(tmp_path: Path) -> None:
    call = Call("dpkg:one", "postinst", ("phpenmod", None))
    effects = Enabled().effects(staged(tmp_path, {"one": PHP}), [call])
    assert len(effects.remarks) == 1 and not effects.made
