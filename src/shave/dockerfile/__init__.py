"""Dockerfiles, read without losing a byte: ``render(parse(text)) == text`` for every text, valid or not.

``parser`` makes the nouns of ``parts``; ``scopes`` says what variables hold, ``ignores`` what linters are not to say,
``abilities`` what a builder must be able to do, ``shells`` what commands call and where; ``edits`` changes texts.

Sources: Dockerfile reference; moby/buildkit frontend/dockerfile.
"""
