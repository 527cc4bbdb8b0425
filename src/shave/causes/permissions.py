"""Who a container runs as, and what that user may write. Sources: path_resolution(7); runc, libcontainer/user."""

from msgspec import Struct

from shave.causes.protocol import Patient
from shave.origins.accounts import known
from shave.tree import Entry

_WRITE, _OWNER, _GROUP = 0o2, 6, 3


class Identity(Struct, frozen=True):
    """Numbers of the user and of all groups, the first of them their own; name and home "" if nothing says them."""

    uid: int
    gids: tuple[int, ...]
    name: str = ""
    home: str = ""

    @property
    def gid(self) -> int:
        """The number of the first group."""
        return self.gids[0]


def identity(patient: Patient) -> Identity | None:
    """Who USER is; None for a name that the image does not know."""
    user, _, group = (patient.config.run.user or "0").partition(":")
    accounts = known(patient.files)
    uid = accounts.owner(user)
    account = next((each for each in accounts.users.values() if each.uid == uid), None)
    gid = accounts.gid(group) if group else account.gid if account else 0
    if uid is None or gid is None:
        return None
    name = account.name if account else ""
    others = () if group else tuple(each.gid for each in accounts.groups.values() if name and name in each.members)
    return Identity(uid, (gid, *others), name, account.home if account else "")


def may_write(entry: Entry, who: Identity) -> bool:
    """Whether the mode lets a user write; root may everything."""
    shift = _OWNER if entry.uid == who.uid else _GROUP if entry.gid in who.gids else 0
    return who.uid == 0 or bool(entry.mode >> shift & _WRITE)
