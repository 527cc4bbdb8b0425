r"""Build packages of apt stay in the image.

What: a RUN installs compilers or development files, with which something is built, and they are kept, or taken away
only in a later RUN.

Why: they are the largest thing that an image can lose, with the longest list of known vulnerabilities. What a later RUN
takes away stays in the layer below it.

An image that starts a compiler, or in which nothing is built, needs them: there this says nothing. Build in an earlier
stage and copy the result (SHV215); or install, build and take away in one RUN. The fix does that where what goes
brings no library along. It is not safe: a program may call a compiler when it runs.

Bad, as the layer below keeps them:

    FROM debian:12
    RUN apt-get update && apt-get install -y gcc && \
        rm -rf /var/lib/apt/lists/*
    RUN gcc -o /app app.c
    RUN apt-get purge -y --auto-remove gcc
    CMD ["/app"]

Good:

    FROM debian:12
    RUN apt-get update && apt-get install -y gcc && \
        rm -rf /var/lib/apt/lists/* && \
        gcc -o /app app.c && \
        apt-get purge -y --auto-remove gcc
    CMD ["/app"]

Bad:

    FROM python:3.11-slim
    RUN apt-get update \
     && apt-get install -y --no-install-recommends build-essential curl \
     && rm -rf /var/lib/apt/lists/*
    RUN pip install --no-cache-dir numpy
    CMD ["python3"]

Good:

    FROM python:3.11-slim
    RUN apt-get update \
     && apt-get install -y --no-install-recommends build-essential curl \
     && rm -rf /var/lib/apt/lists/* \
     && pip install --no-cache-dir numpy \
     && apt-get purge -y --auto-remove build-essential
    CMD ["python3"]

Bad, and by advice only, as libpq5 would go with its development files:

    FROM python:3.11-slim
    RUN apt-get update && apt-get install -y gcc libpq-dev && pip install --no-cache-dir psycopg2
    CMD ["python3", "-m", "app"]

Good, as the stage is not in the image:

    FROM debian:12 AS build
    RUN apt-get update && apt-get install -y gcc libc6-dev && gcc -o /app app.c
    FROM debian:12
    COPY --from=build /app /app

Bad, and by advice only, as nothing is built here and libpq5 is enough:

    FROM python:3.11-slim AS build
    COPY requirements.txt /
    RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r /requirements.txt
    FROM python:3.11-slim
    RUN apt-get update && apt-get install -y --no-install-recommends libpq-dev && rm -rf /var/lib/apt/lists/*
    COPY --from=build /venv /venv
    CMD ["/venv/bin/python", "-m", "app"]

Good, as nothing is built here:

    FROM debian:12
    RUN apt-get update && apt-get install -y gcc make && rm -rf /var/lib/apt/lists/*

Good, as the image is there to build:

    FROM debian:12
    RUN apt-get update && apt-get install -y gcc make && make -C /tools && rm -rf /var/lib/apt/lists/*
    ENTRYPOINT ["make"]

Source: Docker's guide, Building best practices, Use multi-stage builds; apt-get(8), purge and --auto-remove
"""

from collections.abc import Iterator
from itertools import chain

from shave.lint import LintFinding
from shave.recipe import Recipe
from shave.rules.building import kept, purged
from shave.rules.known import Known
from shave.rules.managers import APT
from shave.rules.protocol import Rule


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that takes build packages away too late, or installs and keeps them."""
    return chain(purged(recipe, APT, "SHV108"), kept(recipe, APT, "SHV108"))


RULE = Rule("SHV108", "Build packages of apt stay in the image", "warning", (), look)
