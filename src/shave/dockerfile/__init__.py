"""Dockerfiles, read without losing a byte: ``render(parse(text)) == text`` for every text, valid or not.

Sources: Dockerfile reference; moby/buildkit frontend/dockerfile.
"""

from shave.dockerfile.lexer import expand as expand
from shave.dockerfile.parser import parse as parse
from shave.dockerfile.parts import Blank as Blank
from shave.dockerfile.parts import Comment as Comment
from shave.dockerfile.parts import Directive as Directive
from shave.dockerfile.parts import Dockerfile as Dockerfile
from shave.dockerfile.parts import Flag as Flag
from shave.dockerfile.parts import Heredoc as Heredoc
from shave.dockerfile.parts import Instruction as Instruction
from shave.dockerfile.parts import Part as Part
from shave.dockerfile.parts import Problem as Problem
from shave.dockerfile.parts import Stage as Stage
from shave.dockerfile.parts import Word as Word
from shave.dockerfile.parts import render as render
