"""What Python's standard library needs of a system, and all of its modules."""

import ctypes
import importlib
import locale
import multiprocessing
import pathlib
import pwd
import socket
import sqlite3
import ssl
import sys
import tempfile
import threading
import zoneinfo

# Packages of their own in Debian (python3-gdbm, python3-tk, idle, python3-lib2to3, python3-venv).
ELSEWHERE = {"_gdbm", "_tkinter", "tkinter", "turtle", "turtledemo", "idlelib", "lib2to3", "ensurepip"}
# They print something, or open a page of the Web.
PLAYFUL = {"this", "antigravity"}
# Other systems'.
FOREIGN = {"_ios_support", "_msi", "_overlapped", "_scproxy", "_winapi", "_wmi"}
FOREIGN |= {"msilib", "msvcrt", "nt", "winreg", "winsound"}


def modules() -> None:
    missing = []
    for name in sorted(sys.stdlib_module_names - ELSEWHERE - PLAYFUL - FOREIGN):
        try:
            importlib.import_module(name)
        except ImportError as error:
            missing.append(f"{name}: {error}")
    assert not missing, missing


def handshake() -> None:
    """With ourselves: the certificate is one of the authority that was added to the image."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain("/srv/server.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: server.wrap_socket(listener.accept()[0], server_side=True).close())
    thread.start()
    with socket.create_connection(listener.getsockname()) as plain:
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost").close()
    thread.join()
    assert ssl.create_default_context().cert_store_stats()["x509_ca"] > 100


def main() -> None:
    modules()
    handshake()
    assert sqlite3.connect(":memory:").execute("select json('[1]'), sqlite_version()").fetchone()[0] == "[1]"
    assert len(zoneinfo.available_timezones()) > 400
    assert zoneinfo.ZoneInfo("Europe/Berlin").key == "Europe/Berlin"
    assert ctypes.CDLL(None).getpid() and ctypes.CDLL("libssl.so.3").TLS_method
    assert locale.setlocale(locale.LC_ALL, "") == "C.UTF-8"
    assert pwd.getpwnam("nonroot").pw_uid == 65532
    assert pathlib.Path.home().joinpath("file").write_text("x")
    with tempfile.TemporaryFile(), multiprocessing.Pool(1) as pool:
        assert pool.map(abs, [-1]) == [1]


if __name__ == "__main__":
    main()
