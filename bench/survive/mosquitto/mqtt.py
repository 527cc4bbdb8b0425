"""mqtt.py PORT USER:PASSWORD|- [pub|retain TOPIC TEXT | sub TOPIC | wait]...: MQTT 3.1.1; TLS on port 21022; prints what came"""
import socket, ssl, sys

port, login, *words = sys.argv[1:]
link = socket.create_connection(("127.0.0.1", int(port)), 10)
if port == "21022":
    context = ssl._create_unverified_context()
    link = context.wrap_socket(link)


def text(value):
    return len(value.encode()).to_bytes(2, "big") + value.encode()


def send(kind, body):
    assert len(body) < 128
    link.sendall(bytes((kind, len(body))) + body)


def exactly(count):
    data = b""
    while len(data) < count:
        more = link.recv(count - len(data))
        if not more:
            sys.exit("closed")
        data += more
    return data


def receive():
    kind, length, shift = exactly(1)[0], 0, 0
    while True:
        byte = exactly(1)[0]
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return kind, exactly(length)


user, _, password = login.partition(":")
named = text("") + (b"" if login == "-" else text(user) + text(password))
send(0x10, text("MQTT") + bytes((4, 2 if login == "-" else 0xC2, 0, 30)) + named)
code = receive()[1][1]
if code:
    sys.exit(print("refused", code))
while words:
    verb = words.pop(0)
    if verb in ("pub", "retain"):  # quality 1: acknowledged
        send(0x33 if verb == "retain" else 0x32, text(words.pop(0)) + b"\0\1" + words.pop(0).encode())
        while receive()[0] != 0x40:
            pass
    elif verb == "sub":
        send(0x82, b"\0\2" + text(words.pop(0)) + b"\0")
        code = receive()[1][2]
        if code == 128:
            sys.exit(print("subscription refused"))
    else:
        try:
            kind, body = receive()
            topic = int.from_bytes(body[:2], "big")
            print(body[2 : 2 + topic].decode(), body[2 + topic :].decode())
        except TimeoutError:
            sys.exit(print("nothing came"))
    if verb == "sub":
        link.settimeout(3)
