"""Programs that know places know their time by a database.

### zoneinfo-missing

/usr/share/zoneinfo is not in the image, or not all of it. TZ names a zone of it: times are UTC, without a word. A Go
program has the code that loads zones by name (`time.LoadLocation`), and not the database itself (`time/tzdata`): it
fails with "unknown time zone". Java has its own. Fix: the package tzdata; in Go, `import _ "time/tzdata"`.

Sources: tzset(3); Go, time/zoneinfo_unix.go, time/tzdata.
"""

from collections.abc import Iterator
from posixpath import join

from shave.causes.contents import holds
from shave.causes.launches import final
from shave.causes.protocol import Patient
from shave.diagnosis import Diagnosis

_ZONES = "/usr/share/zoneinfo"
_PLACES = (_ZONES, "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo")
_WITHOUT_FILE = ("", "UTC", "GMT")
_FIX = "install tzdata, or COPY --from=build /usr/share/zoneinfo /usr/share/zoneinfo"
# every program of Go has time.LoadLocationFromTZData; names of functions end in NUL
_LOADS, _OWN = (b"time.LoadLocation\0",), (b"time/tzdata",)


def look(patient: Patient) -> Iterator[Diagnosis]:
    """The zone of TZ; then programs of Go that load zones."""
    zone = patient.environment.get("TZ", "").removeprefix(":")
    is_place = "/" in zone or (zone not in _WITHOUT_FILE and not any(map(str.isdigit, zone)))
    if is_place and patient.files.tree.resolve(join(_ZONES, zone)).path is None:
        text = f"TZ is {zone}, which {_ZONES} has not: times will be UTC"
        yield Diagnosis("zoneinfo-missing", text, (f"ENV TZ={zone}",), _FIX, stops=False)
    elif not any(map(patient.resolve, (*_PLACES, patient.environment.get("ZONEINFO", _ZONES)))):
        for launch in final(patient):
            if holds(patient.files, launch.program, _LOADS) and not holds(patient.files, launch.program, _OWN):
                text = f"/{launch.program} loads time zones by name, and {_ZONES} is not there"
                evidence = (f"time.LoadLocation is in /{launch.program}, time/tzdata is not",)
                yield Diagnosis("zoneinfo-missing", text, evidence, _FIX, stops=False)
                return
