"""resp.py ARG... [/ ARG...]: send redis commands over one connection, print each reply on a line"""
import itertools, json, socket, sys

stream = socket.create_connection(("127.0.0.1", 21001), 10).makefile("rwb")


def reply():
    line = stream.readline()
    kind, rest = line[:1], line[1:-2].decode()
    if kind == b"$":
        return None if rest == "-1" else stream.read(int(rest) + 2)[:-2].decode()
    if kind == b"*":
        return [reply() for _ in range(int(rest))]
    return int(rest) if kind == b":" else rest


for slash, words in itertools.groupby(sys.argv[1:], "/".__eq__):
    if not slash:
        words = [word.encode() for word in words]
        stream.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
        stream.flush()
        print(json.dumps(reply()))
