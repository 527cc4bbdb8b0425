"""ca-certificates-java: /etc/ssl/certs/java/cacerts, the keystore that Debian's JDKs trust.

Its postinst gives the certificates of /etc/ssl/certs that lead to ca-certificates' own directories to a Java program
that adds each as "debian:NAME.pem"; with no JRE in the image it does nothing. Source: its postinst and
UpdateCertificates.java, 20230710 (bookworm) and 20240118 (trixie).
"""

from collections.abc import Sequence

from shave.certificates import certificates
from shave.keystore import keystore
from shave.maintainer.ca_certificates import CERTIFICATES, DIRECTORY, LOCAL
from shave.maintainer.draft import Draft
from shave.maintainer.protocol import Call, Effects
from shave.stage import Stage

_PACKAGE = "/usr/share/ca-certificates-java"
_TRUSTED = (f"/{CERTIFICATES}", f"/{LOCAL}")
_KEYSTORE = f"{DIRECTORY}/java/cacerts"


class JavaCertificates:
    """The package's own trigger, update-ca-certificates-java."""

    names: tuple[str, ...] = ()

    def effects(self, stage: Stage, calls: Sequence[Call]) -> Effects:
        draft = Draft(stage)
        unit = draft.owner(_PACKAGE) if draft.entry(_PACKAGE) else ""
        if not unit or not stage.tree.children.get("usr/lib/jvm"):
            return Effects()
        found = {}
        for path in stage.tree.children.get(DIRECTORY[1:], ()):
            entry = stage.tree.get(path)
            if entry is None or not path.endswith(".pem") or not entry.link.startswith(_TRUSTED):
                continue
            for certificate in certificates(draft.read(f"/{path}") or b"")[:1]:
                found[f"debian:{path.rpartition('/')[2]}"] = certificate
        draft.file(unit, _KEYSTORE, keystore(found, 0))
        return draft.effects()
