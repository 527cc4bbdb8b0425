"""dns.py NAME TYPE [CLASS] [+tcp] [+do]: ask 127.0.0.1:21006; prints the status, then each record of the answer, sorted"""
import socket, struct, sys

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "RRSIG": 46, "DNSKEY": 48, "AXFR": 252}
CODES = {0: "NOERROR", 3: "NXDOMAIN", 5: "REFUSED", 9: "NOTAUTH"}
words = [word for word in sys.argv[1:] if word[0] != "+"]
wire = b"".join(bytes((len(label),)) + label.encode() for label in words[0].split(".")) + b"\0"
secure = "+do" in sys.argv
query = struct.pack(">6H", 1, 0, 1, 0, 0, secure) + wire + struct.pack(">2H", TYPES[words[1]], 3 if "CH" in words else 1)
query += b"\0" + struct.pack(">2HIH", 41, 1232, 0x8000, 0) if secure else b""


def name(at):
    labels = []
    while data[at]:
        if data[at] >= 192:
            return ".".join([*labels, name((data[at] & 63) << 8 | data[at + 1])[0]]), at + 2
        labels.append(data[at + 1 : at + 1 + data[at]].decode())
        at += data[at] + 1
    return ".".join(labels), at + 1


if "+tcp" in sys.argv or words[1] == "AXFR":
    stream = socket.create_connection(("127.0.0.1", 21006), 5).makefile("rwb")
    stream.write(struct.pack(">H", len(query)) + query)
    stream.flush()
    data = stream.read(struct.unpack(">H", stream.read(2))[0])
else:
    link = socket.socket(type=socket.SOCK_DGRAM)
    link.settimeout(5)
    link.sendto(query, ("127.0.0.1", 21006))
    data = link.recv(65535)
flags, _, answers = struct.unpack(">3H", data[2:8])
at, records = name(12)[1] + 4, []
for _ in range(answers):
    owner, at = name(at)
    kind, _, _, length = struct.unpack(">2HIH", data[at : at + 10])
    at, body = at + 10, data[at + 10 : at + 10 + length]
    text = {1: lambda: socket.inet_ntop(2, body), 28: lambda: socket.inet_ntop(10, body), 16: lambda: body[1:].decode(), 15: lambda: name(at + 2)[0], 2: lambda: name(at)[0], 5: lambda: name(at)[0]}
    records.append(f"{owner} {next(k for k, v in TYPES.items() if v == kind) if kind in TYPES.values() else kind} {text.get(kind, str)()}".strip())
    at += length
print("; ".join([CODES.get(flags & 15, str(flags & 15)), *sorted(records)]))
