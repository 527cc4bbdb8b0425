"""nfs.py [VERSION] OPERATION...: one NFSv4.0 compound from the root (RFC 7530); prints its status and what it answered:
to=NAME list mkdir=NAME link=NAME:TARGET read-link rename=OLD:NEW (from what save named) save remove=NAME client type"""
import socket, struct, sys

CODES = {0: "OK", 2: "NOENT", 13: "ACCESS", 17: "EXIST", 20: "NOTDIR", 30: "ROFS", 66: "NOTEMPTY"}
version = int(sys.argv.pop(1)) if sys.argv[1].isdigit() else 4


def number(*values):
    return struct.pack(f">{len(values)}I", *values)


def text(value):
    data = value.encode()
    return number(len(data)) + data + b"\0" * (-len(data) % 4)


def operation(word):
    verb, _, name = word.partition("=")
    first, _, second = name.partition(":")
    none, type_only = number(0, 0), number(1, 2)
    return {
        "to": lambda: number(15) + text(name),
        "list": lambda: number(26, 0, 0, 0, 0, 4096, 8192) + type_only,
        "mkdir": lambda: number(6, 2) + text(name) + none,
        "link": lambda: number(6, 5) + text(second) + text(first) + none,
        "read-link": lambda: number(27),
        "save": lambda: number(32),
        "rename": lambda: number(29) + text(first) + text(second),
        "remove": lambda: number(28) + text(name),
        "client": lambda: number(35, 1, 2) + text("house") + number(0) + text("tcp") + text("127.0.0.1.0.0") + number(0),
        "type": lambda: number(9) + type_only,
    }[verb]()


words = sys.argv[1:]
login = number(0) + text("house") + number(0, 0, 0)
body = number(1, 0, 2, 100003, version, 1, 1, len(login)) + login + number(0, 0)
body += text("") + number(0, len(words) + 1, 24) + b"".join(map(operation, words))
stream = socket.create_connection(("127.0.0.1", 21015), 10).makefile("rwb")
stream.write(number(1 << 31 | len(body)) + body)
stream.flush()
data = stream.read(struct.unpack(">I", stream.read(4))[0] & 0x7FFFFFFF)
place = 12 + 8 + struct.unpack(">I", data[16:20])[0]


def take(count=1):
    global place
    values = struct.unpack(f">{count}I", data[place : place + 4 * count])
    place += 4 * count
    return values[0] if count == 1 else values


def string():
    global place
    length = take()
    value, place = data[place : place + length].decode(), place + length + (-length % 4)
    return value


if take():
    sys.exit(print("not accepted", *take(2)))
said = [CODES.get(code := take(), str(code))]
string()
for _ in range(take()):
    kind, code = take(2)
    if code:
        break
    if kind == 27:
        said.append(string())
    elif kind == 9:
        take(2), take()
        said.append({1: "file", 2: "directory", 5: "link"}[take()])
    elif kind == 26:
        names, _ = [], take(2)
        while take():
            take(2), names.append(string()), take(2), string()
        take()
        said += sorted(names)
    elif kind == 6:
        take(5), [take() for _ in range(take())]
    elif kind == 28:
        take(5)
    elif kind == 29:
        take(10)
    elif kind == 35:
        said.append("client" if any(take(4)) else "no client")
print(*said)
