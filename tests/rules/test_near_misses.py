"""What rules must not say, and what their fixes must not do; the usual cases are on their pages."""

import pytest

from shave.dockerfile.edits import apply
from shave.lint import LintFinding
from shave.recipe import read
from shave.rules import RULES
from shave.rules.known import NOTHING

RULE = {rule.id: rule for rule in RULES}
GO = "FROM golang:1.24 AS b\n{}\nFROM scratch\nCOPY --from=b /app /app\n"


def found(rule: str, text: str) -> list[LintFinding]:
    return list(RULE[rule].look(read(text.encode()), NOTHING))


SILENT = (
    ("SHV123", "FROM node:22\nRUN NODE_ENV=production npm ci\n"),
    ("SHV123", "FROM node:22\nARG NODE_ENV\nENV NODE_ENV=$NODE_ENV\nRUN npm ci\n"),
    ("SHV123", 'FROM node:22\nRUN npm ci\nCMD ["npm", "run", "start:dev"]\n'),
    ("SHV123", "FROM node:22\nRUN npm install --omit dev\n"),
    ("SHV126", "FROM php:8.3\nRUN COMPOSER_NO_DEV=1 composer install\n"),
    ("SHV128", "FROM python:3.13\nRUN PIP_NO_COMPILE=1 pip install pandas\n"),
    ("SHV128", "FROM python:3.13\nRUN pip install -r requirements.txt\n"),
    ("SHV213", "FROM debian:bookworm\nRUN useradd -u 1000970000 app\n"),
    ("SHV213", "FROM debian:11\nRUN useradd -lmu 1000970000 app\n"),
    ("SHV213", "FROM debian:11\nRUN useradd -u 1000970000 app && : > /var/log/lastlog\n"),
    ("SHV214", "FROM debian:12\nWORKDIR /src\nRUN git clone https://x/y.git . && make && rm -rf /src\n"),
    ("SHV214", "FROM debian:12\nRUN cd /tmp && git clone https://x/y.git && y/install && rm -rf /tmp/*\n"),
    ("SHV214", "FROM debian:12\nRUN git clone $REPO $DIR && rm -rf $DIR/.git\n"),
    ("SHV214", "FROM debian:12\nRUN git clone https://x/y /y && find /y -name .git -exec rm -rf {} +\n"),
    ("SHV217", "FROM php:8.3\nRUN apt-get update && apt-get install -y libpng-dev\n"),
    ("SHV217", 'FROM mcr.microsoft.com/dotnet/sdk:8.0.404\nCMD ["dotnet", "app.dll"]\n'),
    ("SHV218", "FROM scratch\nADD rootfs.tar.xz /\nUSER app\nCMD bash\n"),
    ("SHV218", "FROM debian:12 AS r\nFROM scratch\nCOPY --from=r /rootfs/ /\nCMD bash\n"),
    ("SHV218", 'FROM scratch\nSHELL ["/app"]\nCOPY app /app\nRUN check\n'),
    ("SHV218", "FROM gcc:14 AS b\nRUN gcc -o /t t.c\nFROM scratch\nCOPY --from=b /etc/ssl /etc/ssl\n"),
    ("SHV218", "FROM gcc:14 AS b\nRUN gcc -o /t t.c\nFROM alpine\nRUN apk add gcompat\nCOPY --from=b /t /t\n"),
    ("SHV218", "FROM rust:1-alpine AS b\nRUN cargo build\nFROM scratch\nCOPY --from=b /target/release/a /a\n"),
    ("SHV219", GO.format("ENV GOFLAGS=-ldflags=-s\nRUN go build -o /app .")),
    ("SHV219", GO.format("RUN go build ./... && go vet ./...")),
    ("SHV219", GO.format('RUN go build -gcflags "all=-N -l" -o /app .')),
    ("SHV219", GO.format("RUN go build -buildmode=plugin -o /app .")),
    ("SHV221", "FROM ubuntu:24.04\nRUN apt-get update && apt-get install -y git\n"),
    ("SHV221", "FROM fedora:42\nRUN dnf install -y git\n"),
    ("SHV221", "FROM debian:12\nRUN apt-get update && apt-get install -y ca-certificates\n"),
    ("SHV222", "FROM debian:12\nRUN apt-get install -y git sudo && echo x >/etc/sudoers.d/x\n"),
    ("SHV223", "FROM python:3.13\nCOPY . .\nRUN pip install -r requirements.txt -e .\n"),
    ("SHV223", "FROM python:3.13\nCOPY . .\nRUN pip install --no-index -f wheels -r requirements.txt\n"),
)

UNMENDED = (
    ("SHV123", "FROM node:22\nRUN corepack enable && yarn install --immutable\n"),
    ("SHV214", "FROM debian:12\nRUN git clone https://x/y /y\nRUN cd /y && git checkout 0a1b2c3\n"),
    ("SHV214", "FROM debian:12\nRUN git clone /srv/repo /y\n"),
    ("SHV217", "FROM python:3.13\nRUN curl -fsSL https://x -o /x\n"),
    ("SHV218", 'FROM scratch\nCOPY app /app\nENTRYPOINT /app "a b"\n'),
    ("SHV219", GO.format('RUN go build -ldflags="-X main.v=1" -o /app .')),
)
"""Said, and left to people: the usual edit would break what works."""

FIXED = (
    (
        "SHV218",
        "FROM scratch\nCOPY app /app\nCMD exec /app --flag=1\n",
        'FROM scratch\nCOPY app /app\nCMD ["/app", "--flag=1"]\n',
    ),
    (
        "SHV222",
        "FROM debian:12\nRUN apt-get install -y \\\n    git \\\n    vim \\\n    nano \\\n && true\n",
        "FROM debian:12\nRUN apt-get install -y \\\n    git \\\n && true\n",
    ),
    (
        "SHV223",
        "FROM python:3.13\nCOPY . .\nRUN pip install -c c.txt -r a.txt -r b.txt\n",
        "FROM python:3.13\nCOPY c.txt a.txt b.txt ./\nRUN pip install -c c.txt -r a.txt -r b.txt\nCOPY . .\n",
    ),
)


@pytest.mark.parametrize(("rule", "text"), SILENT)
def test_silent(rule: str, text: str) -> None:
    assert not found(rule, text)


@pytest.mark.parametrize(("rule", "text"), UNMENDED)
def test_said_and_not_mended(rule: str, text: str) -> None:
    assert [each.fix for each in found(rule, text)] == [None]


@pytest.mark.parametrize(("rule", "text", "expected"), FIXED)
def test_fixed(rule: str, text: str, expected: str) -> None:
    edits = [edit for each in found(rule, text) if each.fix for edit in each.fix.edits]
    assert apply(text.encode(), edits).decode() == expected
