"""What Docker gives every container: capabilities, paths that are hidden or read-only, files it supplies.

Sources: moby oci/caps/defaults.go, oci/defaults.go; libnetwork etchosts.
"""

from pathlib import Path

HOSTNAME = "shave"
CAPABILITIES = {
    "CAP_CHOWN": 0,
    "CAP_DAC_OVERRIDE": 1,
    "CAP_FOWNER": 3,
    "CAP_FSETID": 4,
    "CAP_KILL": 5,
    "CAP_SETGID": 6,
    "CAP_SETUID": 7,
    "CAP_SETPCAP": 8,
    "CAP_NET_BIND_SERVICE": 10,
    "CAP_NET_RAW": 13,
    "CAP_SYS_CHROOT": 18,
    "CAP_MKNOD": 27,
    "CAP_AUDIT_WRITE": 29,
    "CAP_SETFCAP": 31,
}
MASKED = (
    "/proc/asound",
    "/proc/acpi",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
)
DEVICES = ("/dev/full", "/dev/null", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero")
"""The host's own nodes, whose owner the container's root may be: where they are read-only they can be written to, but
not given to somebody else."""
READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", *DEVICES)
HOSTS = f"""\
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
127.0.0.1\t{HOSTNAME}
"""


def supplied_files(network: str) -> dict[str, bytes]:
    """The files of /etc that the engine supplies, by path. With a network of its own a container has no name server."""
    resolver = Path("/etc/resolv.conf")
    servers = resolver.read_bytes() if network == "host" and resolver.exists() else b""
    return {
        "/etc/hostname": f"{HOSTNAME}\n".encode(),
        "/etc/hosts": HOSTS.encode(),
        "/etc/resolv.conf": servers,
    }
