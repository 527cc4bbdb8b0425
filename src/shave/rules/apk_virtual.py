"""Build packages of apk stay in the image.

What: a RUN adds compilers or development files, with which something is built, and they are kept, or deleted only in a
later RUN.

Why: they are the largest thing that an image can lose. What a later RUN deletes stays in the layer below it.
`apk add --virtual NAME` gives packages one name by which `apk del` takes them away with all that only they needed.

Bad, as the layer below keeps them:

    FROM python:3.11-alpine
    RUN apk add --no-cache --virtual .build gcc musl-dev
    RUN pip install --no-cache-dir cffi
    RUN apk del .build
    CMD ["python3"]

Good:

    FROM python:3.11-alpine
    RUN apk add --no-cache --virtual .build gcc musl-dev \\
        && pip install --no-cache-dir cffi \\
        && apk del .build
    CMD ["python3"]

Bad:

    FROM python:3.11-alpine
    RUN apk add --no-cache gcc musl-dev && \\
        pip install --no-cache-dir cffi
    CMD ["python3"]

Good:

    FROM python:3.11-alpine
    RUN apk add --no-cache gcc musl-dev && \\
        pip install --no-cache-dir cffi && \\
        apk del gcc musl-dev
    CMD ["python3"]

Bad, and by advice only, as libpq would go with its development files:

    FROM python:3.11-alpine
    RUN apk add --no-cache gcc musl-dev postgresql-dev && pip install --no-cache-dir psycopg2
    CMD ["python3"]

Good, as they are needed when the image runs:

    FROM python:3.11-alpine
    RUN apk add --no-cache git && pip install --no-cache-dir pre-commit
    CMD ["pre-commit"]

Source: apk(8), add --virtual and del
"""

from collections.abc import Iterator
from itertools import chain

from shave.lint import LintFinding
from shave.recipe import Recipe
from shave.rules.building import kept, purged
from shave.rules.known import Known
from shave.rules.managers import APK
from shave.rules.protocol import Rule


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that deletes build packages too late, or adds and keeps them."""
    return chain(purged(recipe, APK, "SHV111"), kept(recipe, APK, "SHV111"))


RULE = Rule("SHV111", "Build packages of apk stay in the image", "warning", (), look)
