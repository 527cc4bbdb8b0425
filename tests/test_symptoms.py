"""What programs wrote that really failed so, here, and what that means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.diagnosis import CAUSES, Cause, Diagnosis
from shave.symptoms import observed, symptoms

# exit status, the lines that tell (of longer outputs), the cause
SHOWN: list[tuple[int | None, str, Cause]] = [
    (125, "unable to find user nobody: no matching entries in passwd file", "user-unknown"),
    (125, "unable to find group staff of user 0:staff: no matching entries in group file", "user-unknown"),
    (125, "the container engine failed: unable to find group staff: no matching entries in group file", "user-unknown"),
    (125, "/x/file is no directory in the image, so nothing can be mounted there", "workdir-not-directory"),
    (125, "the container engine failed: Cannot mkdir: /x/file is not a directory", "workdir-not-directory"),
    (125, 'workdir "/x/script" exists on container 6353f81d02b6, but is not a directory', "workdir-not-directory"),
    (1, "executable file `gone` not found in $PATH: No such file or directory", "command-missing"),
    (1, "executable file `/bin/bash` not found in $PATH: No such file or directory", "shell-missing"),
    (1, "open executable: Permission denied", "not-executable"),
    (1, "open executable: Operation not permitted", "not-executable"),
    (
        127,
        'Error: runc: runc create failed: unable to start container process: exec: "/bin/bash": stat /bin/bash: '
        "no such file or directory: OCI runtime attempted to invoke a command that was not found",
        "shell-missing",
    ),
    (127, "no command specified", "no-command"),
    (127, 'exec: "/x/gone": stat /x/gone: no such file or directory', "command-missing"),
    (127, 'exec: "./gone": stat /x/./gone: no such file or directory', "command-missing"),
    (127, 'exec: "/x/file/y": stat /x/file/y: not a directory', "command-missing"),
    (127, 'exec: "gone": executable file not found in $PATH', "command-missing"),
    (127, 'exec: "/bin/sh": stat /bin/sh: no such file or directory', "shell-missing"),
    (127, 'exec: "sh": executable file not found in $PATH', "shell-missing"),
    (126, 'exec: "/x/noexec": permission denied', "not-executable"),
    (126, 'exec: "/x": is a directory', "not-executable"),
    (126, "exec /x/arm: exec format error", "not-a-program"),
    (1, "exec container process `/x/arm`: Exec format error", "not-a-program"),
    (127, "exec /x/dyn: no such file or directory", "loader-missing"),
    (1, "exec container process (missing dynamic library?) `/x/dyn`: No such file or directory", "loader-missing"),
    (126, "exec /x/private: permission denied", "not-executable"),
    (
        127,
        "ls: error while loading shared libraries: libpcre2-8.so.0: cannot open shared object file: "
        "No such file or directory",
        "library-missing",
    ),
    (1, "./m: /libx.so: version `V1' not found (required by ./m)", "symbol-version-missing"),
    (127, "./m: symbol lookup error: ./m: undefined symbol: f, version V1", "symbol-version-missing"),
    (127, "./m: error while loading shared libraries: /libx.so: file too short", "library-missing"),
    (
        127,
        "Error loading shared library libx.so: No such file or directory (needed by ./m)\n"
        "Error relocating ./m: f: symbol not found",
        "library-missing",
    ),
    (127, "Error relocating //libx.so: __snprintf_chk: symbol not found", "symbol-version-missing"),
    (127, r"/usr/bin/env: 'python3\r': No such file or directory", "carriage-return"),
    (2, "/x/crlf2: set: line 2: illegal option -\r", "carriage-return"),
    (2, "/x: 1: set: Illegal option -\r", "carriage-return"),
    (127, "/y: line 2: $'fi\\r': command not found", "carriage-return"),
    (127, "/y: 2: fi\r: not found", "carriage-return"),
    (127, "sh: 1: gone: not found", "command-missing"),
    (127, "sh: exec: line 0: gone: not found", "command-missing"),
    (127, "bash: line 1: gone: command not found", "command-missing"),
    (127, "gone: applet not found", "command-missing"),
    (127, "env: 'gone': No such file or directory", "command-missing"),
    (127, "env: can't execute 'gone': No such file or directory", "command-missing"),
    (127, "setpriv: failed to execute ssh: No such file or directory", "command-missing"),
    (127, "bash: line 1: /x: cannot execute: required file not found", "loader-missing"),
    (126, "bash: line 1: /x: cannot execute binary file: Exec format error", "wrong-architecture"),
    (126, "dash: 1: /x: Exec format error", "wrong-architecture"),
    (126, "dash: 1: exec: /etc/passwd: Permission denied", "not-executable"),
    (2, "dash: 0: cannot open /gone.sh: No such file", "program-file-missing"),
    (127, "bash: /gone.sh: No such file or directory", "program-file-missing"),
    (2, "ash: can't open '/gone.sh': No such file or directory", "program-file-missing"),
    (2, "python3: can't open file '/gone.py': [Errno 2] No such file or directory", "program-file-missing"),
    (1, "/usr/bin/python3: can't find '__main__' module in '/etc'", "program-file-missing"),
    (1, "ModuleNotFoundError: No module named 'gone'", "python-module-missing"),
    (1, "/usr/bin/python3: No module named gone", "python-module-missing"),
    (
        1,
        "Fatal Python error: init_fs_encoding: failed to get the Python codec of the filesystem encoding\n"
        "ModuleNotFoundError: No module named 'encodings'",
        "python-module-missing",
    ),
    (
        1,
        "ModuleNotFoundError: No module named 'tzdata'\n\n"
        "During handling of the above exception, another exception occurred:\n\n"
        "zoneinfo._common.ZoneInfoNotFoundError: 'No time zone found with key Europe/Nowhere'",
        "zoneinfo-missing",
    ),
    (1, "ImportError: libffi.so.8: cannot open shared object file: No such file or directory", "library-missing"),
    (
        1,
        "ImportError: libc.musl-x86_64.so.1: cannot open shared object file: No such file or directory",
        "python-incompatible",
    ),
    (
        1,
        "Error: libc.so: cannot open shared object file: No such file or directory\n  code: 'ERR_DLOPEN_FAILED'",
        "node-incompatible",
    ),
    (1, "Error: /a.node: file too short\n  code: 'ERR_DLOPEN_FAILED'", "node-incompatible"),
    (1, "ImportError: /lib/x86_64-linux-gnu/libc.so: invalid ELF header", "python-incompatible"),
    (
        1,
        "FileNotFoundError: [Errno 2] No usable temporary directory found in ['/tmp', '/var/tmp', '/usr/tmp', '/']",
        "tmp-missing",
    ),
    (1, "KeyError: 'getpwuid(): uid not found: 1234'", "user-nameless"),
    (1, "RuntimeError: Could not determine home directory.", "home-missing"),
    (1, "PermissionError: [Errno 13] Permission denied: '/root/x'", "permission-denied"),
    (1, "OSError: [Errno 98] Address already in use", "address-in-use"),
    (1, "OSError: [Errno 30] Read-only file system: '/x'", "not-writable"),
    (
        1,
        "urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
        "name-not-resolved",
    ),
    (
        1,
        "urllib.error.URLError: <urlopen error [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
        "self-signed certificate (_ssl.c:992)>",
        "certificates-missing",
    ),
    (1, "MemoryError", "out-of-memory"),
    (1, "Error: Cannot find module 'gone'\nRequire stack:\n- /[eval]", "node-module-missing"),
    (
        1,
        "Error: Cannot find module '/gone.js'\n    at Module._load (node:internal/modules/cjs/loader:981:27) {\n"
        "  code: 'MODULE_NOT_FOUND',\n  requireStack: []\n}",
        "program-file-missing",
    ),
    (
        1,
        "Error: Cannot find module '/app/lib/x.js'\nRequire stack:\n- /app/a.js\n"
        "  requireStack: [ '/app/a.js' ]\n}\n  requireStack: []",
        "node-module-missing",
    ),
    (1, "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'gone' imported from /a.mjs", "node-module-missing"),
    (1, "Error: Module did not self-register: '/a.node'.", "node-incompatible"),
    (
        1,
        "Error: The module '/a.node'\nwas compiled against a different Node.js version using\n"
        "NODE_MODULE_VERSION 83. This version of Node.js requires\n",
        "node-incompatible",
    ),
    (
        1,
        "Error: /lib/x86_64-linux-gnu/libc.so: invalid ELF header\n    at require\n  code: 'ERR_DLOPEN_FAILED'",
        "node-incompatible",
    ),
    (
        1,
        "Error: libb.so: cannot open shared object file: No such file or directory\n  code: 'ERR_DLOPEN_FAILED'",
        "library-missing",
    ),
    (1, "Error: ENOENT: no such file or directory, open '/gone'", "file-missing"),
    (1, "Error: EACCES: permission denied, open '/root/x'", "permission-denied"),
    (1, "Error: EROFS: read-only file system, open '/x'", "not-writable"),
    (1, "Error: listen EADDRINUSE: address already in use :::80", "address-in-use"),
    (1, "Error: getaddrinfo EAI_AGAIN db.example", "name-not-resolved"),
    (1, "Error: spawn gone ENOENT", "command-missing"),
    (
        1,
        "SystemError [ERR_SYSTEM_ERROR]: A system error occurred: uv_os_get_passwd returned ENOENT "
        "(no such file or directory)",
        "user-nameless",
    ),
    (139, "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", "out-of-memory"),
    (
        1,
        "Error: Could not find or load main class Gone\nCaused by: java.lang.ClassNotFoundException: Gone",
        "java-class-missing",
    ),
    (1, "Error: Unable to access jarfile /gone.jar", "program-file-missing"),
    (1, "Error: Invalid or corrupt jarfile /x.jar", "program-file-missing"),
    (
        1,
        "\tjava.lang.UnsupportedClassVersionError: A has been compiled by a more recent version of the Java Runtime "
        "(class file version 69.0), this version of the Java Runtime only recognizes class file versions up to 61.0",
        "java-too-old",
    ),
    (
        1,
        'Exception in thread "main" java.lang.NoClassDefFoundError: A$B\n'
        "Caused by: java.lang.ClassNotFoundException: A$B",
        "java-class-missing",
    ),
    (
        1,
        'Exception in thread "main" java.lang.NoClassDefFoundError: java/util/logging/Logger\n'
        "Caused by: java.lang.ClassNotFoundException: java.util.logging.Logger",
        "java-module-missing",
    ),
    (1, "java.lang.module.FindException: Module java.sql not found", "java-module-missing"),
    (1, "java.lang.UnsatisfiedLinkError: no gone in java.library.path: /usr/lib/jni:/lib:/usr/lib", "library-missing"),
    (
        1,
        "java.lang.UnsatisfiedLinkError: /libgone.so: /libgone.so: cannot open shared object file: "
        "No such file or directory (Possible cause: can't load AARCH64 .so on a AMD 64 platform)",
        "wrong-architecture",
    ),
    (
        1,
        "Error: missing `server' JVM at `/usr/lib/jvm/java-17-openjdk-amd64/lib/server/libjvm.so'.",
        "library-missing",
    ),
    (1, "Error occurred during initialization of VM\nFailed setting boot class path.", "java-module-missing"),
    (1, 'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space', "out-of-memory"),
    (
        1,
        "# There is insufficient memory for the Java Runtime Environment to continue.",
        "out-of-memory",
    ),
    (1, 'Exception in thread "main" java.net.UnknownHostException: db.example', "name-not-resolved"),
    (1, 'Exception in thread "main" java.net.BindException: Address already in use', "address-in-use"),
    (1, 'Exception in thread "main" java.nio.file.NoSuchFileException: /gone', "file-missing"),
    (
        1,
        "Caused by: java.security.InvalidAlgorithmParameterException: the trustAnchors parameter must be non-empty",
        "certificates-missing",
    ),
    (1, "A fatal error occurred. The folder [/tmp/host/fxr] does not exist", "dotnet-runtime-missing"),
    (
        131,
        "A fatal error occurred. The required library libhostfxr.so could not be found.\n"
        "If this is a self-contained application, that library should exist in [/app/].",
        "dotnet-runtime-missing",
    ),
    (
        150,
        "It was not possible to find any compatible framework version\n"
        "The framework 'Microsoft.NETCore.App', version '6.0.0' was not found.\n"
        "  - The following frameworks were found:\n      3.1.2 at [/e/shared/Microsoft.NETCore.App]",
        "dotnet-runtime-missing",
    ),
    (
        131,
        "A fatal error was encountered. The library 'libhostpolicy.so' required to execute the application was not "
        "found in '/o/'.",
        "dotnet-runtime-missing",
    ),
    (
        140,
        "Error:\n  An assembly specified in the application dependencies manifest (hello.deps.json) was not found:",
        "program-file-missing",
    ),
    (
        139,
        "Process terminated. Couldn't find a valid ICU package installed on the system.",
        "dotnet-library-missing",
    ),
    (139, "No usable version of libssl was found", "dotnet-library-missing"),
    (1, "Could not execute because the specified command or file was not found.", "program-file-missing"),
    (
        139,
        "Unhandled exception. System.TimeZoneNotFoundException: The time zone ID 'Europe/Berlin' was not found on the "
        "local computer.",
        "zoneinfo-missing",
    ),
    (139, "Unhandled exception. System.IO.FileNotFoundException: Could not find file '/gone'.", "file-missing"),
    (
        139,
        "Unhandled exception. System.IO.FileNotFoundException: Could not load file or assembly 'Gone, Culture=neutral",
        "program-file-missing",
    ),
    (
        139,
        "System.DllNotFoundException: Unable to load shared library 'gone' or one of its dependencies. In order to "
        "help: libgone: cannot open shared object file: No such file or directory",
        "dotnet-library-missing",
    ),
    (1, "in `require': cannot load such file -- gone (LoadError)", "file-missing"),
    (1, "ruby: No such file or directory -- /gone.rb (LoadError)", "program-file-missing"),
    (1, "Could not find gem 'sinatra' in locally installed gems. (Bundler::GemNotFound)", "file-missing"),
    (1, "`to_specs': Could not find 'sinatra' (>= 0) among 90 total gem(s) (Gem::MissingSpecError)", "file-missing"),
    (1, "-e:1:in `getpwuid': can't find user for 1234 (ArgumentError)", "user-nameless"),
    (1, "tmpdir.rb:39:in `tmpdir': could not find a temporary directory (ArgumentError)", "tmp-missing"),
    (1, "Could not open input file: /gone.php", "program-file-missing"),
    (255, "PHP Fatal error:  Uncaught Error: Failed opening required '//vendor/autoload.php' (incl", "file-missing"),
    (255, "DateTimeZone::__construct(): Unknown or bad timezone (Europe/Nowhere) in", "zoneinfo-missing"),
    (255, "PHP Fatal error:  Allowed memory size of 2097152 bytes exhausted (tried to allocate", "out-of-memory"),
    (2, 'Can\'t open perl script "/gone.pl": No such file or directory', "program-file-missing"),
    (2, "Can't locate Gone/There.pm in @INC (you may need to install the Gone::There module)", "file-missing"),
    (255, "Can't locate loadable object for module POSIX in @INC (@INC contains: /etc/perl)", "file-missing"),
    (1, "open /gone: no such file or directory", "file-missing"),
    (1, "unknown time zone Europe/Berlin", "zoneinfo-missing"),
    (1, "user: unknown userid 1234", "user-nameless"),
    (1, "user: Current requires cgo or $USER set in environment", "user-nameless"),
    (1, "fork/exec /gone: no such file or directory", "command-missing"),
    (1, 'Get "http://db.example/": dial tcp: lookup db.example on 10.0.0.1:53: dial udp', "name-not-resolved"),
    (
        1,
        'Get "https://localhost/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
        "certificates-missing",
    ),
    (1, "listen tcp :443: bind: address already in use", "address-in-use"),
    (2, "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x63aa25]", "segmentation-fault"),
    (1, '[emerg] 1#1: getpwnam("gone") failed in /etc/nginx/nginx.conf:1', "user-unknown"),
    (1, '[emerg] open() "/etc/nginx/mime.types" failed (2: No such file or directory)', "file-missing"),
    (1, '[emerg] host not found in upstream "backend" in /n:2', "name-not-resolved"),
    (1, "# Fatal error, can't open config file '/gone.conf': No such file or directory", "file-missing"),
    (1, "su: user gone does not exist or the user entry does not contain all the required fields", "user-unknown"),
    (1, "sudo: unknown user gone", "user-unknown"),
    (1, "chown: invalid user: 'gone'", "user-unknown"),
    (1, "whoami: cannot find name for user ID 1234", "user-nameless"),
    (2, "psql: error: local user with ID 1234 does not exist", "user-nameless"),
    (1, "mkdir: cannot create directory '/var/x': Permission denied", "permission-denied"),
    (6, "curl: (6) Could not resolve host: db.example", "name-not-resolved"),
    (4, "wget: unable to resolve host address 'db.example'", "name-not-resolved"),
    (77, "curl: (77) error setting certificate file: /etc/ssl/certs/ca-certificates.crt", "certificates-missing"),
    (5, "ERROR: The certificate of 'localhost' doesn't have a known issuer.", "certificates-missing"),
    (128, "fatal: unable to access 'https://x/': server certificate verification failed.", "certificates-missing"),
    (3, 'tput: unknown terminal "gone"', "file-missing"),
    (1, "locale.Error: unsupported locale setting", "file-missing"),
    (1, 'html/template: template "page.html" not found', "file-missing"),
    (1, "jinja2.exceptions.TemplateNotFound: page.html", "file-missing"),
    (1, "LookupError: unknown encoding: klingon", "python-module-missing"),
    (139, "a: a.c:2: main: Assertion `1==2' failed.", "aborted"),
    (139, "free(): double free detected in tcache 2", "aborted"),
    (132, "", "illegal-instruction"),
    (133, "", "aborted"),
    (134, "", "aborted"),
    (135, "", "segmentation-fault"),
    (136, "", "segmentation-fault"),
    (139, "", "segmentation-fault"),
    (137, "", "killed"),
    (143, "", "terminated"),
    (127, "", "command-missing"),
    (126, "", "not-executable"),
    (3, "", "exits-nonzero"),
    (3, "no database", "exits-nonzero"),
    (None, "waiting for the database", "never-ready"),
    (None, "ModuleNotFoundError: No module named 'gone'", "python-module-missing"),
]


@pytest.mark.parametrize(("status", "output", "cause"), SHOWN)
def test_what_it_means(status: int | None, output: str, cause: Cause) -> None:
    found = observed(status, f"before\n{output}\nafter\n")
    assert found is not None and found.cause == cause
    assert found.text and "{" not in found.text + found.fix


# of no program that can be had here
READ_ONLY = ("You must install or update",)


def test_every_symptom_is_shown_by_an_example() -> None:
    texts = {found.text for status, output, _ in SHOWN if (found := observed(status, output))}
    for symptom, _ in symptoms():
        begins = symptom.text.partition("{")[0]
        if not any(words in symptom.pattern.replace("\\", "") for words in READ_ONLY):
            assert any(text.startswith(begins) for text in texts), symptom.pattern
        assert set(symptom.causes) <= set(CAUSES)


def test_success_has_no_cause() -> None:
    assert observed(0, "ModuleNotFoundError: No module named 'gone'") is None


def test_what_the_files_say_decides_between_several_meanings() -> None:
    line = "exec /x/script: no such file or directory"
    ending = Diagnosis("carriage-return", "/x/script ends its first line as on Windows", ("#!/bin/sh\\r",), "sed")
    other = Diagnosis("certificates-missing", "no certificates", stops=False)
    found = observed(127, line, (other, ending))
    assert found == Diagnosis("carriage-return", ending.text, (line, "#!/bin/sh\\r"), "sed")
    plain = observed(127, line, (other,))
    assert plain is not None and plain.cause == "loader-missing"


def test_the_last_message_counts_and_its_whole_line_is_evidence() -> None:
    found = observed(1, "No module named 'a'\nx: No module named 'b' at all\n")
    assert found is not None and found.text == "Python finds no module b"
    assert found.evidence == ("x: No module named 'b' at all",)


@given(st.integers(0, 255) | st.none(), st.text())
def test_any_output_is_read(status: int | None, output: str) -> None:
    assert (observed(status, output) is None) == (status == 0)


def test_long_lines_are_read_in_time_and_cut() -> None:
    for filler in ("a", "/", "a: ", "'", "exec ", "module '", "\r", "not found "):
        assert observed(1, filler * (1 << 16)) is not None
    found = observed(1, "No module named 'b' " + "x" * 1000)
    assert found is not None and len(found.evidence[0]) == 300
