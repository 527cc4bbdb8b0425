"""Dockerfiles as good ones are written have no finding that would fail a build of theirs, and few others."""

import pytest

from shave.recipe import read
from shave.verbs.lint import found

GOOD = {
    "python": """FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements.txt ./
RUN pip install -r requirements.txt
COPY src ./src
USER 1000
CMD ["python", "-m", "src.app"]
""",
    "python-uv": """FROM python:3.13-slim AS build
COPY --from=ghcr.io/astral-sh/uv:0.8 /uv /bin/uv
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache/uv uv sync --locked --no-dev --no-install-project
COPY . .
RUN --mount=type=cache,target=/root/.cache/uv uv sync --locked --no-dev
FROM python:3.13-slim
COPY --from=build /app /app
CMD ["/app/.venv/bin/python", "-m", "app"]
""",
    "python-wheels": """FROM python:3.13-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libpq-dev && rm -rf /var/lib/apt/lists/*
RUN pip wheel --wheel-dir /wheels psycopg2
FROM python:3.13-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels pip install --no-index --find-links=/wheels psycopg2
CMD ["python"]
""",
    "poetry": """FROM python:3.13-slim
ENV POETRY_CACHE_DIR=/tmp/poetry
RUN pip install --no-cache-dir poetry
WORKDIR /app
COPY pyproject.toml poetry.lock ./
RUN poetry install --only main --no-root && rm -rf "$POETRY_CACHE_DIR"
COPY app ./app
CMD ["poetry", "run", "python", "-m", "app"]
""",
    "node": """FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev && npm cache clean --force
COPY . .
USER node
CMD ["node", "server.js"]
""",
    "node-mounts": """# syntax=docker/dockerfile:1
FROM node:22-alpine AS build
WORKDIR /app
COPY package*.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
RUN npm run build
FROM nginx:alpine
COPY --from=build /app/dist /usr/share/nginx/html
""",
    "node-user": """FROM node:22-alpine
WORKDIR /home/node/app
USER node
COPY --chown=node:node package*.json ./
RUN --mount=type=cache,target=/home/node/.npm,uid=1000 npm ci --omit=dev
COPY --chown=node:node . .
CMD ["node", "index.js"]
""",
    "yarn": """FROM node:22-slim
WORKDIR /app
COPY package.json yarn.lock ./
RUN yarn install --production --frozen-lockfile && yarn cache clean
COPY . .
CMD ["node", "index.js"]
""",
    "pnpm": """FROM node:22-slim AS base
ENV PNPM_HOME=/pnpm
RUN corepack enable
FROM base AS prod
WORKDIR /app
COPY package.json pnpm-lock.yaml ./
RUN --mount=type=cache,id=pnpm,target=/pnpm/store pnpm install --prod --frozen-lockfile
FROM base
COPY --from=prod /app/node_modules /app/node_modules
COPY dist /app/dist
CMD ["node", "/app/dist/index.js"]
""",
    "go": """FROM golang:1.24 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -ldflags="-s -w" -o /bin/app ./cmd/app
FROM gcr.io/distroless/static-debian12
COPY --from=build /bin/app /
USER nonroot
ENTRYPOINT ["/app"]
""",
    "rust": """FROM rust:1.85 AS build
WORKDIR /src
COPY . .
RUN cargo build --release
FROM gcr.io/distroless/cc-debian12
COPY --from=build /src/target/release/app /app
CMD ["/app"]
""",
    "rust-musl": """FROM rust:1.85-alpine AS build
RUN apk add --no-cache musl-dev
COPY . .
RUN cargo build --release
FROM scratch
COPY --from=build /target/release/app /app
CMD ["/app"]
""",
    "c": """FROM gcc:14 AS build
COPY hello.c .
RUN gcc -O2 -static -s -o /hello hello.c
FROM scratch
COPY --from=build /hello /
CMD ["/hello"]
""",
    "java": """FROM maven:3-eclipse-temurin-21 AS build
COPY pom.xml ./
RUN mvn -B dependency:go-offline
COPY src ./src
RUN mvn -B package
FROM eclipse-temurin:21-jre
COPY --from=build /target/app.jar /app.jar
ENTRYPOINT ["java", "-jar", "/app.jar"]
""",
    "dotnet": """FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY *.csproj ./
RUN dotnet restore
COPY . .
RUN dotnet publish -c Release -o /app
FROM mcr.microsoft.com/dotnet/aspnet:8.0
COPY --from=build /app /app
ENTRYPOINT ["dotnet", "/app/app.dll"]
""",
    "ruby": """FROM ruby:3.4-slim AS base
ENV BUNDLE_PATH=/usr/local/bundle BUNDLE_WITHOUT=development
FROM base AS build
COPY Gemfile Gemfile.lock ./
RUN bundle install && rm -rf ~/.bundle/ "${BUNDLE_PATH}"/ruby/*/cache
FROM base
COPY --from=build /usr/local/bundle /usr/local/bundle
COPY . /rails
CMD ["ruby", "/rails/server.rb"]
""",
    "php": """FROM composer:2 AS vendor
COPY composer.json composer.lock ./
RUN composer install --no-dev --no-scripts
FROM php:8.3-fpm-alpine
COPY --from=vendor /app/vendor /var/www/vendor
""",
    "debian": """FROM debian:bookworm-slim
RUN set -eux; \\
    apt-get update; \\
    apt-get install -y --no-install-recommends ca-certificates netbase tzdata; \\
    rm -rf /var/lib/apt/lists/*
RUN groupadd -r app && useradd -r -g app -u 10001 app
COPY app /usr/local/bin/
USER app
CMD ["app"]
""",
    "alpine": """FROM alpine:3.22
RUN apk add --no-cache ca-certificates tzdata
RUN adduser -D app
USER app
CMD ["sh"]
""",
    "fedora": """FROM fedora:42
RUN dnf install -y --setopt=install_weak_deps=False nginx && dnf clean all
CMD ["nginx", "-g", "daemon off;"]
""",
    "ubi": """FROM registry.access.redhat.com/ubi9/ubi-minimal
RUN microdnf install -y --setopt=install_weak_deps=0 --nodocs nginx && microdnf clean all
CMD ["nginx"]
""",
    "opensuse": """FROM opensuse/leap:15
RUN zypper --non-interactive install nginx && zypper clean --all
CMD ["nginx"]
""",
    "arch": """FROM archlinux
RUN pacman -Syu --noconfirm nginx && rm -rf /var/cache/pacman/pkg/*
CMD ["nginx"]
""",
    "conda": """FROM mambaorg/micromamba:2
COPY environment.yml /tmp/
RUN micromamba install -y -n base -f /tmp/environment.yml && micromamba clean --all --yes
CMD ["python"]
""",
    "system": """FROM scratch
ADD rootfs.tar.xz /
RUN useradd app
CMD ["bash"]
""",
    "two-users": """FROM debian:bookworm-slim
ADD https://example.org/tool /usr/local/bin/tool
RUN useradd --no-log-init --uid 1000970000 app
USER app
CMD ["tool"]
""",
}
"""By whose best practice: official images, Docker's guides, the guides of the tools."""


@pytest.mark.parametrize("name", GOOD)
def test_no_warning(name: str) -> None:
    findings = found(read(GOOD[name].encode()))
    assert not [(each.rule, each.text) for each in findings if each.severity != "info"]


def test_few_hints() -> None:
    findings = [(name, each.rule) for name, text in GOOD.items() for each in found(read(text.encode()))]
    assert len(findings) <= 3, findings
