"""Smaller variants of images."""

import pytest

from shave.smaller_bases import smaller


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("python", ["python:slim"]),
        ("python:latest", ["python:slim"]),
        ("python:3.11", ["python:3.11-slim"]),
        ("docker.io/library/node:20", ["docker.io/library/node:20-slim"]),
        ("eclipse-temurin:21-jdk-jammy", ["eclipse-temurin:21-jre-jammy"]),
        ("mcr.microsoft.com/dotnet/sdk:8.0", ["mcr.microsoft.com/dotnet/aspnet:8.0"]),
        ("python:3.11-bookworm", ["python:3.11-slim-bookworm"]),
        ("python:bookworm", ["python:slim-bookworm"]),
        ("rust:1.80-bookworm", ["rust:1.80-slim-bookworm"]),
        ("node:20-bookworm", ["node:20-bookworm-slim"]),
        ("debian:bookworm", ["debian:bookworm-slim"]),
        ("debian:bookworm-backports", []),
        # Docker Hub has no debian:slim
        ("debian", ["debian:stable-slim"]),
        ("debian:latest", ["debian:stable-slim"]),
        ("openjdk:11", ["openjdk:11-jre"]),
        ("openjdk:17", []),
        ("openjdk:8-jdk-oracle", []),
        ("tomcat:9.0-jdk17", ["tomcat:9.0-jre17"]),
        ("tomcat:9.0-jdk11-corretto", []),
        ("maven:3-eclipse-temurin-21-alpine", ["eclipse-temurin:21-jre-alpine"]),
        ("maven", []),
        ("gradle:8-jdk17", ["eclipse-temurin:17-jre"]),
        ("gradle:8-jdk17-graal", []),
        ("erlang:26", ["erlang:26-slim"]),
        ("swift:5.0", []),
        ("swift:5.9-jammy", ["swift:5.9-jammy-slim"]),
        ("eclipse-temurin:21", ["eclipse-temurin:21-jre"]),
        ("eclipse-temurin:21-jdk-alpine", ["eclipse-temurin:21-jre-alpine"]),
        ("eclipse-temurin:21-jre", []),
        ("amazoncorretto:21", []),
        ("php:8.3-fpm", ["php:8.3-fpm-alpine"]),
        ("php", ["php:alpine"]),
        ("php:8.3-apache", []),
        ("php:8.3-fpm-bookworm", []),
        ("mcr.microsoft.com/dotnet/sdk:8.0-alpine", ["mcr.microsoft.com/dotnet/aspnet:8.0-alpine"]),
        ("mcr.microsoft.com/dotnet/sdk:8.0.404", []),
        ("mcr.microsoft.com/dotnet/sdk", []),
        ("python:3.11-slim", []),
        ("python:3.11-alpine", []),
        ("python@sha256:0123", []),
        ("localhost:5000/python:3", []),
        ("scratch", []),
        ("", []),
    ],
)
def test_smaller(image: str, expected: list[str]) -> None:
    assert [each.name for each in smaller(image)] == expected
    assert all(each.lacks for each in smaller(image))
