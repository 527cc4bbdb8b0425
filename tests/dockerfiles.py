"""Dockerfiles for tests: written for each construct of the reference, and generated out of their pieces."""

from random import Random

_SIGNS = {"␍": "\r", "␉": "\t", "␠": " ", "⍽": "\u00a0", "⬚": "\u3000", "⌑": "\ufeff"}
"""White space, and the byte order mark, as they are written below."""


def _plain(text: str) -> str:
    for sign, meaning in _SIGNS.items():
        text = text.replace(sign, meaning)
    return text


WRITTEN = tuple(
    _plain(text) + "\n"
    for text in r"""
FROM scratch
====
from debian as Build
run make
FROM scratch
copy --from=build /a /a
====
# syntax=docker/dockerfile:1
# escape=`
FROM a
RUN dir `
  c:\`

COPY a b
====
# escape = `␠␠
FROM a
RUN a ``
RUN `b `
====
#escape=\

# escape=`
FROM a
RUN a \
 b
====
# check=skip=JSONArgsRecommended;error=true
FROM a
====
# unknown=directive
# escape=`
FROM a
RUN a \
  b
====
ARG VERSION=12
ARG A B=1 C="x y"
FROM --platform=$BUILDPLATFORM debian:$VERSION AS base
ARG VERSION
====
FROM a
RUN apt-get update \
    # why
    && apt-get install -y \
        curl \

        git \
    && rm -rf /x
====
FROM a
RUN a \ ␉
  b \
# c
#d
  e\
f
RUN g\\
RUN \\\
 h
====
FROM a
\
RUN b
  \
  CMD c
====
FROM a
RUN a \
====
FROM a
RUN --mount=type=cache,target=/root/.cache --mount=type=bind,from=b,source=/x,target=/y,ro pip install .
====
FROM a
RUN --network=none --security=insecure x
RUN -- --not-a-flag
RUN --mount='type=cache,target=/a b' x
====
FROM a
COPY --link --chown=1000:1000 --chmod=0644 ["a b", "/c/"]
ADD --checksum=sha256:00 --unpack https://x/y.tgz /z
====
FROM a
COPY --parents --exclude=*.md --exclude=x ./a/./b /c
ADD --keep-git-dir=true https://x/y.git#main /z
====
FROM a
HEALTHCHECK --interval=5m --timeout=3s CMD curl -f http://localhost/ || exit 1
HEALTHCHECK NONE
====
FROM a
HEALTHCHECK   CMD ["a", "b"]
HEALTHCHECK CMD
====
FROM a
CMD ["a", "b\n\u00e9"]
ENTRYPOINT [ ]
RUN ["a",]
CMD ['a']
CMD ["a" "b"]
SHELL ["/bin/bash", "-c"]
====
FROM a
CMD ["a
VOLUME ["/a", "/b"]
VOLUME /a /b
EXPOSE 80 443/tcp $X
====
FROM a
RUN <<EOF
set -e
apt-get update
EOF
RUN echo
====
FROM a
RUN <<EOF
#!/usr/bin/env python3
print('x \\')

EOF
ENV a b
====
FROM a
RUN <<-EOF
␉a
␉EOF
COPY <<-'E O' /x
␉E O
COPY <<A <<"B" /dir/
1
A
2
B
USER x
====
FROM a
RUN cat <<A >a && cat 3<<B - <<- C
A
B
A
B
C
RUN a <<<b
RUN echo $((1<<2)) '<<X' \<<Y
Y
RUN it's <<Z
====
FROM a
RUN ["a", "<<EOF"]
ENV x <<EOF
CMD <<EOF
RUN python3 - <<EOF
print(1)
EOF
ONBUILD RUN <<EOF
a
EOF
====
FROM a
ONBUILD COPY a b
ONBUILD  run --mount=type=cache,target=/x y \
 z
ONBUILD ENV a b
ONBUILD CMD ["x"]
====
FROM a
ENV name the value  of it \
 more
ENV a=1 b="x y" c='x y' d=x\ y e= \
  f="1\
2"
ENV a "b"
====
FROM a
LABEL a.b="c\"d" 'e f'=g
LABEL x y z
ENV A="${B:-x y}" C=${D%/*}
LABEL "a b"=c
====
FROM a
MAINTAINER Some  One <a@b>
USER  a:b
WORKDIR /a  b
STOPSIGNAL SIGTERM
====
FROM a␍
RUN a \␍
  b␍
␍
# c␍
COPY <<E /x␍
l␍
E␍
CMD d␍
====
⌑FROM a
RUN b
====
⌑# escape=`
FROM a
RUN b `
 c
====


  FROM a
␉RUN␉b␉c
  # d
␠␠␠
RUN⍽x
⍽RUN y
⬚# z
ENV a=é⍽b=c
====
FROM a
RUN a;\
  b # not a comment \
  c
RUN echo '#' \
  '# d'
====
FROM golang:1.22 AS build
WORKDIR /src
COPY go.* ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -o /app
FROM gcr.io/distroless/static
COPY --from=build /app /app
COPY --from=0 /x /y
ENTRYPOINT ["/app"]
====
FROM node:20-slim
ENV NODE_ENV=production
RUN set -eux; \
␉savedAptMark="$(apt-mark showmanual)"; \
␉apt-get update; \
# save
␉apt-get install -y --no-install-recommends wget; \
␉rm -rf /var/lib/apt/lists/*; \
␉[ -z "$savedAptMark" ] || apt-mark manual $savedAptMark; \
␉find / -exec ldd '{}' ';' | awk '/=>/ { print $(NF-1) }'
====
FROM mcr.microsoft.com/windows
SHELL ["powershell", "-Command"]
RUN Get-X `
 y
SHELL ["/bin/bash","-o","pipefail","-c"]
RUN a | b
""".removeprefix("\n")
    .removesuffix("\n")
    .split("\n====\n")
)

_LINES = [line for line in dict.fromkeys("".join(WRITTEN).splitlines(keepends=True)) if line.isascii()]
_PIECES = [
    *("RUN ", "COPY ", "ADD ", "ENV ", "ONBUILD ", "CMD ", "LABEL ", "FROM ", "HEALTHCHECK CMD ", "ARG "),
    *("\\", "\\\n", "\n", "\n", "\n\n", " ", "\t", " \\ \n", "#", "# x\n", "\r\n", "`"),
    *("<<A", "<<-A", "<<'A'", '<<"A B"', "A\n", "\tA\n", "A", "'", '"', '"', "=", "a=b", "a", "b c", "$X", "${X:-y}"),
    *("--x=y", "--from=a", "--", "[", '["a"]', '["a", "b"]', "]", ",", ">", "|", "&&", ";"),
]


def generated(chance: Random) -> str:
    """A text of lines and pieces, which need not be right."""
    pools = (_LINES, _PIECES, _PIECES)
    body = "".join(chance.choice(chance.choice(pools)) for _ in range(chance.randrange(1, 25)))
    return chance.choice(("FROM a\n", "FROM a\n", "# escape=`\nFROM a\n", "")) + body
