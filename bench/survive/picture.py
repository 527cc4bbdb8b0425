"""picture.py FILE...: kind, width x height, and whether anything is drawn (some pixel is not as the first), of PNG and PNM;
of other kinds what their first bytes say"""
import re, struct, sys, zlib

KINDS = {b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"%PDF": "pdf", b"%!PS": "postscript", b"RIFF": "webp", b"II*\0": "tiff", b"BM": "bmp"}


def png(data):
    width, height, depth, colour = struct.unpack(">IIBB", data[16:26])
    packed, at = b"", 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        packed += data[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += length + 12
    row = (width * depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] + 7) // 8
    rows, raw = set(), zlib.decompress(packed)
    step = max(1, depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] // 8)
    for at in range(0, len(raw), row + 1):  # a filtered row is of one value if all but its first pixel are
        rows.add(raw[at + 1 + step : at + 1 + row].strip(raw[at + 1 : at + 2] if raw[at] == 0 else b"\0"))
    return "png", width, height, len(rows) > 1 or any(rows)


def pnm(data):
    kind, width, height = re.match(rb"P([1-6])(?:\s+|#.*\n)+(\d+)\s+(\d+)", data).groups()
    at = len(re.match(rb"P[1-6](?:\s+|#.*\n)+\d+\s+\d+\s" if kind in b"14" else rb"P[1-6](?:\s+|#.*\n)+\d+\s+\d+\s+\d+\s", data)[0])
    return "p%sm" % {b"1": "b", b"4": "b", b"2": "g", b"5": "g"}.get(kind, "p"), int(width), int(height), len(set(data[at:])) > 1


for name in sys.argv[1:]:
    with open(name, "rb") as file:
        data = file.read()
    if data[:4] == b"\x89PNG" or re.match(rb"P[1-6]\s", data):
        kind, width, height, drawn = (png if data[1:4] == b"PNG" else pnm)(data)
        print(f"{kind} {width}x{height} {'drawn' if drawn else 'blank'}")
    else:
        print(next((kind for magic, kind in KINDS.items() if data.startswith(magic)), f"unknown {data[:8]!r}"))
