"""Dockerfiles for tests: written for each construct of the reference, and generated out of their pieces."""

from random import Random

WRITTEN = tuple(
    text.strip("\n").replace("␠", " ") + "\n"
    for text in (
        "FROM scratch",
        "from debian as Build\nrun make\nFROM scratch\ncopy --from=build /a /a",
        "# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN dir `\n  c:\\`\n\nCOPY a b",
        "# escape = `␠␠\nFROM a\nRUN a ``\nRUN `b `",
        "#escape=\\\n\n# escape=`\nFROM a\nRUN a \\\n b",
        "# check=skip=JSONArgsRecommended;error=true\nFROM a",
        "# unknown=directive\n# escape=`\nFROM a\nRUN a \\\n  b",
        "ARG VERSION=12\nARG A B=1 C=\"x y\"\nFROM --platform=$BUILDPLATFORM debian:$VERSION AS base\nARG VERSION",
        "FROM a\nRUN apt-get update \\\n    # why\n    && apt-get install -y \\\n        curl \\\n\n        git \\\n    && rm -rf /x",
        "FROM a\nRUN a \\ \t\n  b \\\n# c\n#d\n  e\\\nf\nRUN g\\\\\nRUN \\\\\\\n h",
        "FROM a\n\\\nRUN b\n  \\\n  CMD c",
        "FROM a\nRUN a \\",
        "FROM a\nRUN --mount=type=cache,target=/root/.cache --mount=type=bind,from=b,source=/x,target=/y,ro pip install .",
        "FROM a\nRUN --network=none --security=insecure x\nRUN -- --not-a-flag\nRUN --mount='type=cache,target=/a b' x",
        'FROM a\nCOPY --link --chown=1000:1000 --chmod=0644 ["a b", "/c/"]\nADD --checksum=sha256:00 --unpack https://x/y.tgz /z',
        "FROM a\nCOPY --parents --exclude=*.md --exclude=x ./a/./b /c\nADD --keep-git-dir=true https://x/y.git#main /z",
        "FROM a\nHEALTHCHECK --interval=5m --timeout=3s CMD curl -f http://localhost/ || exit 1\nHEALTHCHECK NONE",
        'FROM a\nHEALTHCHECK   CMD ["a", "b"]\nHEALTHCHECK CMD',
        'FROM a\nCMD ["a", "b\\n\\u00e9"]\nENTRYPOINT [ ]\nRUN ["a",]\nCMD [\'a\']\nCMD ["a" "b"]\nSHELL ["/bin/bash", "-c"]',
        'FROM a\nCMD ["a\nVOLUME ["/a", "/b"]\nVOLUME /a /b\nEXPOSE 80 443/tcp $X',
        "FROM a\nRUN <<EOF\nset -e\napt-get update\nEOF\nRUN echo",
        "FROM a\nRUN <<EOF\n#!/usr/bin/env python3\nprint('x \\\\')\n\nEOF\nENV a b",
        "FROM a\nRUN <<-EOF\n\ta\n\tEOF\nCOPY <<-'E O' /x\n\tE O\nCOPY <<A <<\"B\" /dir/\n1\nA\n2\nB\nUSER x",
        "FROM a\nRUN cat <<A >a && cat 3<<B - <<- C\nA\nB\nA\nB\nC\nRUN a <<<b\nRUN echo $((1<<2)) '<<X' \\<<Y\nY\nRUN it's <<Z\n",
        'FROM a\nRUN ["a", "<<EOF"]\nENV x <<EOF\nCMD <<EOF\nRUN python3 - <<EOF\nprint(1)\nEOF\nONBUILD RUN <<EOF\na\nEOF',
        "FROM a\nONBUILD COPY a b\nONBUILD  run --mount=type=cache,target=/x y \\\n z\nONBUILD ENV a b\nONBUILD CMD [\"x\"]",
        "FROM a\nENV name the value  of it \\\n more\nENV a=1 b=\"x y\" c='x y' d=x\\ y e= \\\n  f=\"1\\\n2\"\nENV a \"b\"",
        "FROM a\nLABEL a.b=\"c\\\"d\" 'e f'=g\nLABEL x y z\nENV A=\"${B:-x y}\" C=${D%/*}\nLABEL \"a b\"=c",
        "FROM a\nMAINTAINER Some  One <a@b>\nUSER  a:b\nWORKDIR /a  b\nSTOPSIGNAL SIGTERM",
        "FROM a\r\nRUN a \\\r\n  b\r\n\r\n# c\r\nCOPY <<E /x\r\nl\r\nE\r\nCMD d\r\n",
        "\ufeffFROM a\nRUN b",
        "\ufeff# escape=`\nFROM a\nRUN b `\n c",
        "\n\n  FROM a\n\tRUN\tb\tc\n  # d\n   \nRUN\u00a0x\n\u00a0RUN y\n\u3000# z\nENV a=é\u00a0b=c",
        "FROM a\nRUN a;\\\n  b # not a comment \\\n  c\nRUN echo '#' \\\n  '# d'",
        "FROM golang:1.22 AS build\nWORKDIR /src\nCOPY go.* ./\nRUN go mod download\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app\n"
        "FROM gcr.io/distroless/static\nCOPY --from=build /app /app\nCOPY --from=0 /x /y\nENTRYPOINT [\"/app\"]",
        "FROM node:20-slim\nENV NODE_ENV=production\nRUN set -eux; \\\n\tsavedAptMark=\"$(apt-mark showmanual)\"; \\\n"
        "\tapt-get update; \\\n# save\n\tapt-get install -y --no-install-recommends wget; \\\n\trm -rf /var/lib/apt/lists/*; \\\n"
        "\t[ -z \"$savedAptMark\" ] || apt-mark manual $savedAptMark; \\\n\tfind / -exec ldd '{}' ';' | awk '/=>/ { print $(NF-1) }'",
        "FROM mcr.microsoft.com/windows\nSHELL [\"powershell\", \"-Command\"]\nRUN Get-X `\n y\nSHELL [\"/bin/bash\",\"-o\",\"pipefail\",\"-c\"]\nRUN a | b",
    )
)

_LINES = sorted({line for text in WRITTEN for line in text.splitlines(keepends=True)})
_PIECES = (
    "RUN ", "COPY ", "ADD ", "ENV ", "ONBUILD ", "CMD ", "LABEL ", "FROM ", "HEALTHCHECK CMD ", "ARG ", "\\", "\\\n", "\n", "\n",
    "\n\n", " ", "\t", " \\ \n", "#", "# x\n", "<<A", "<<-A", "<<'A'", '<<"A B"', "A\n", "\tA\n", "A", "'", '"', '"', "=", "a=b",
    "a", "b c", "$X", "${X:-y}", "--x=y", "--from=a", "--", "[", '["a"]', '["a", "b"]', "]", ",", ">", "|", "&&", ";", "\r\n", "`",
)  # fmt: skip


def generated(chance: Random) -> str:
    """A text of lines and pieces, which need not be right."""
    pools = (_LINES, _PIECES, _PIECES)
    body = "".join(chance.choice(chance.choice(pools)) for _ in range(chance.randrange(1, 25)))
    return chance.choice(("FROM a\n", "FROM a\n", "# escape=`\nFROM a\n", "")) + body
