"""A shell script followed statement by statement, without running anything: which commands it would start.

Where a condition can be decided (``[ "$1" = configure ]``, ``[ -z "$2" ]``, a file that the image has), one branch is
followed, else all of them; what they leave different is not known behind them. Commands are taken to succeed where
``Answers`` says so. Source: POSIX.1-2024, Shell Command Language.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from tree_sitter import Node

from shave.maintainer.conditions import Status, decided
from shave.maintainer.parsing import assigned, parsed, redirects
from shave.maintainer.state import Answers, LeftError, State, UnreadableError
from shave.maintainer.words import Scope, Words, expanded, fields, matches, text, value
from shave.shell import Command, started

_MOST_WORDS = 4096
_MOST_TURNS = 64
"""Of a loop whose condition is known; none in a maintainer script needs more."""
_TABS = re.compile(r"^\t+", re.MULTILINE)
_CONNECTED = {"&&": "-a", "||": "-o"}


def followed(script: bytes, arguments: Words, variables: Mapping[str, str], answers: Answers) -> tuple[Words, ...]:
    """The commands in order: their words, None for each that only a run knows.

    A file that is written is a command ``>`` (or ``>>``) with the path and, where it is known, the text.

    Raises UnreadableError.
    """
    follower = _Follower(arguments, variables, answers)
    with suppress(LeftError):
        follower.read(script)
    return tuple(follower.commands)


class _Follower(State):
    def read(self, script: bytes) -> Status:
        """Follow a whole text."""
        self.step(len(script))
        root = parsed(script)
        if root is None:
            raise UnreadableError("it is too long")
        return self.each(root.named_children)

    def each(self, nodes: Sequence[Node]) -> Status:
        """Follow statements one after the other; the status of the last."""
        status: Status = True
        for node in nodes:
            status = self.statement(node)
        return status

    def statement(self, node: Node) -> Status:
        self.depth += 1
        try:
            self.step()
            return _STATEMENTS[node.type](self, node) if node.type in _STATEMENTS else self._others(node)
        finally:
            self.depth -= 1

    def scope(self) -> Scope:
        return Scope(self.variables, self.arguments, self.output, self.answers.files, self.strange)

    def output(self, node: Node) -> str | None:
        """What ``$(…)`` prints. Its commands are commands too."""
        inner = [child for child in node.named_children if child.type != "comment"]
        self.alone(lambda: self.each(inner))
        return self._printed(inner[0]) if len(inner) == 1 else None

    def _printed(self, node: Node) -> str | None:
        """What a command, or several in a pipeline, prints; that they are called was noted before."""
        body = node.child_by_field_name("body") if node.type == "redirected_statement" else node
        if body is not None and body.type == "pipeline":
            first, *others = body.named_children
            found = self._printed(first)
            for other in others:
                words = self.words(other) if other.type == "command" else ()
                found = None if found is None else self.answers.filtered(words, found)
            return found
        return self.answers.output(self.words(body)) if body is not None and body.type == "command" else None

    def words(self, node: Node) -> Words:
        name = node.child_by_field_name("name")
        nodes = ([name.named_children[0]] if name and name.named_children else []) + [
            child for child in node.children_by_field_name("argument") if child.is_named
        ]
        return tuple(self._fields(nodes))

    def _fields(self, nodes: Sequence[Node]) -> Iterator[str | None]:
        scope, count = self.scope(), 0
        for node in nodes:
            found = fields(node, scope)
            count += len(found)
            if count > _MOST_WORDS:
                raise UnreadableError("it has too many words in one command")
            yield from found

    def command(self, node: Node) -> Status:
        for assignment in node.named_children:
            if assignment.type == "variable_assignment" and not node.child_by_field_name("name"):
                self.assignment(assignment)
        words = self.words(node)
        if not words:
            return None
        return self.called(words)

    def called(self, words: Words) -> Status:
        """A command by its words."""
        name = words[0]
        if name in self.functions:
            return self._function(self.functions[name], words[1:])
        if name in _BUILTINS:
            return _BUILTINS[name](self, words[1:])
        launched = [_completed(command) for command in started(words).commands] if name else [words]
        for each in launched:
            if each and each[0] in self.functions:
                self.alone(lambda each=each: self._function(self.functions[each[0]], each[1:]))  # type: ignore[misc]
            else:
                self.note(each)
        return self.answers.status(words)

    def _function(self, body: Node, arguments: Words) -> Status:
        before, self.arguments = self.arguments, arguments
        try:
            return self.statement(body)
        except LeftError as error:
            if error.how == "exit":
                raise
            return error.status
        finally:
            self.arguments = before

    def assignment(self, node: Node) -> Status:
        name, given = node.child_by_field_name("name"), node.child_by_field_name("value")
        found = value(given, self.scope()) if given else ""
        if name:
            plus = text(node)[len(text(name)) :].startswith("+")
            before = self.scope().named(text(name)) if plus else ""
            self.variables[text(name)] = None if found is None or before is None else before + found
        return True

    def declaration(self, node: Node) -> Status:
        for child in node.named_children:
            if child.type == "variable_assignment":
                self.assignment(child)
        return True

    def unset(self, node: Node) -> Status:
        for child in node.named_children:
            self.variables[text(child)] = ""
        return True

    def negated(self, node: Node) -> Status:
        status = self.statement(node.named_children[0])
        return None if status is None else not status

    def test(self, node: Node) -> Status:
        """``[ … ]`` and ``[[ … ]]``: the parser's tree of the expression says nothing that the words do not."""
        return decided(tuple(self._flat(node.children[1:-1])), self.exists)

    def _flat(self, nodes: Sequence[Node]) -> Iterator[str | None]:
        for node in nodes:
            if node.type in ("unary_expression", "binary_expression", "negated_expression"):
                yield from self._flat(node.children)
            elif node.is_named and node.type != "test_operator":
                yield from fields(node, self.scope()) if node.type != "extglob_pattern" else (text(node),)
            else:
                yield _CONNECTED.get(text(node), text(node))

    def connected(self, node: Node) -> Status:
        """``a && b`` and ``a || b``."""
        left, right = node.named_children[0], node.named_children[-1]
        goes_on = any(child.type == "&&" for child in node.children)
        status = self.statement(left)
        if status is None:
            return self.branches([lambda: self.statement(right), lambda: not goes_on])
        return self.statement(right) if status == goes_on else status

    def pipeline(self, node: Node) -> Status:
        statuses = [self.alone(lambda each=each: self.statement(each)) for each in node.named_children]  # type: ignore[misc]
        return statuses[-1] if statuses else None

    def subshell(self, node: Node) -> Status:
        return self.alone(lambda: self.each(node.named_children))

    def group(self, node: Node) -> Status:
        return self.each(node.named_children)

    def condition(self, node: Node) -> Status:
        """``if``: its condition, what follows it, and where that is not met the rest."""
        rest = list(node.named_children)
        conditions = [child for child in node.children_by_field_name("condition") if child.is_named]
        if node.type == "if_statement" or node.type == "elif_clause":
            conditions = conditions or rest[:1]
        body = [
            child
            for child in rest
            if child not in conditions and child.type not in ("elif_clause", "else_clause", "comment")
        ]
        others = [child for child in rest if child.type in ("elif_clause", "else_clause")]
        return self._if(self.each(conditions), body, others)

    def _if(self, status: Status, body: Sequence[Node], others: Sequence[Node]) -> Status:
        if status is None:
            return self.branches([lambda: self.each(body), lambda: self._else(others)])
        return self.each(body) if status else self._else(others)

    def _else(self, others: Sequence[Node]) -> Status:
        if not others:
            return True
        first = others[0]
        if first.type == "else_clause":
            return self.each(first.named_children)
        children = [child for child in first.named_children if child.type != "comment"]
        return self._if(self.statement(children[0]), children[1:], others[1:])

    def case(self, node: Node) -> Status:
        subject = node.child_by_field_name("value")
        word = value(subject, self.scope()) if subject else None
        possible: list[Callable[[], Status]] = []
        for item in node.named_children:
            if item.type != "case_item":
                continue
            patterns = item.children_by_field_name("value")
            body = [child for child in item.named_children if child not in patterns]
            found = self._matched(word, patterns)
            if found is not False:
                possible.append(lambda body=body: self.each(body))  # type: ignore[misc]
            if found:
                break
        else:
            possible.append(lambda: True)
        return self.branches(possible)

    def _matched(self, word: str | None, patterns: Sequence[Node]) -> Status:
        known = [text(each) if each.type == "extglob_pattern" else value(each, self.scope()) for each in patterns]
        if any(pattern == "*" for pattern in known):
            return True
        if word is None:
            return None
        if any(pattern is not None and matches(word, pattern) for pattern in known):
            return True
        return None if None in known else False

    def loop(self, node: Node) -> Status:
        """``for``: a turn for every word."""
        variable, body = node.child_by_field_name("variable"), node.child_by_field_name("body")
        values = node.children_by_field_name("value")
        words = list(self._fields(values)) if values else self.arguments
        for word in words:
            if variable:
                self.variables[text(variable)] = word
            if body and not self._turn(body):
                break
        return True

    def _turn(self, body: Node) -> bool:
        try:
            self.statement(body)
        except LeftError as error:
            if error.how != "break":
                raise
            return error.status is True
        return True

    def while_(self, node: Node) -> Status:
        body = node.child_by_field_name("body")
        conditions = [child for child in node.children_by_field_name("condition") if child.is_named]
        for _ in range(_MOST_TURNS):
            status = self.each(conditions)
            if status is None or body is None:
                break
            if status == (text(node.children[0]) == "until") or not self._turn(body):
                return True
        for name in assigned(node):
            self.variables[name] = None
        return self.branches([lambda: self._turn(body) if body else None, lambda: None])

    def define(self, node: Node) -> Status:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name and body:
            self.functions[text(name)] = body
        return True

    def redirected(self, node: Node) -> Status:
        body = node.child_by_field_name("body")
        status = self.statement(body) if body else True
        for redirect in redirects(node):
            operator = next((child.type for child in redirect.children if ">" in child.type), "")
            target = redirect.child_by_field_name("destination")
            if target and operator in (">", ">>", ">|", "&>", "&>>"):
                path = value(target, self.scope())
                if path is None or not path.startswith("/dev/"):
                    self.note((">>" if ">>" in operator else ">", path, self._written(node, body)))
        return status

    def _written(self, node: Node, body: Node | None) -> str | None:
        """What goes into a file, where that is plain: nothing, an ``echo``, a here-document."""
        if body is None:
            return ""
        if body.type != "command":
            return None
        words = self.words(body)
        heredocs = [child for child in node.named_children if child.type == "heredoc_redirect"]
        if heredocs and words == ("cat",):
            return self._heredoc(heredocs[0])
        if words in ((":",), ("true",)):
            return ""
        printed = self.answers.output(words)
        return None if printed is None else printed + "\n"

    def _heredoc(self, node: Node) -> str | None:
        bodies = [child for child in node.named_children if child.type == "heredoc_body"]
        start = next((text(child) for child in node.named_children if child.type == "heredoc_start"), "")
        if not bodies:
            return None
        self.step(len(bodies[0].text or b""))
        plain = start[:1] in ("'", '"', "\\")
        found = text(bodies[0]) if plain else expanded(text(bodies[0]), self.scope())
        # the parser leaves the tabs that "<<-" takes away
        return _TABS.sub("", found) if found and text(node).startswith("<<-") else found

    def _others(self, node: Node) -> Status:
        """What starts nothing by itself (comments), or is beyond this reader: what is in it may happen."""
        if node.type == "comment":
            return True
        return self.branches([lambda: self.each(node.named_children), lambda: None]) if node.named_children else None

    # what a shell does itself

    def source(self, words: Words) -> Status:
        found = self.answers.source(words[0]) if words and words[0] else None
        if found is None:
            self.strange = True
            return None
        return self.read(found)

    def evaluate(self, words: Words) -> Status:
        if None in words:
            self.note(("eval", *words))
            return None
        return self.read(" ".join(word or "" for word in words).encode("utf-8", "surrogateescape"))


def _completed(command: Command) -> Words:
    """The words of a command; what ``xargs`` and ``find`` give to one that they start, only a run knows."""
    words = tuple(None if word == "{}" else word for word in command.words)
    return (*words, None) if command.launcher in ("xargs", "parallel") else words


_STATEMENTS: dict[str, Callable[[_Follower, Node], Status]] = {
    "command": _Follower.command,
    "variable_assignment": _Follower.assignment,
    "variable_assignments": _Follower.declaration,
    "declaration_command": _Follower.declaration,
    "unset_command": _Follower.unset,
    "negated_command": _Follower.negated,
    "test_command": _Follower.test,
    "list": _Follower.connected,
    "pipeline": _Follower.pipeline,
    "subshell": _Follower.subshell,
    "compound_statement": _Follower.group,
    "do_group": _Follower.group,
    "if_statement": _Follower.condition,
    "case_statement": _Follower.case,
    "for_statement": _Follower.loop,
    "while_statement": _Follower.while_,
    "function_definition": _Follower.define,
    "redirected_statement": _Follower.redirected,
}

_BUILTINS: dict[str, Callable[[_Follower, Words], Status]] = {
    ":": lambda *_: True,
    "true": lambda *_: True,
    "false": lambda *_: False,
    "exit": lambda self, words: self.leave("exit", words),
    "return": lambda self, words: self.leave("return", words),
    "break": lambda self, words: self.leave("break", ("1",)),
    "continue": lambda self, words: self.leave("break", ("0",)),
    "shift": _Follower.shift,
    "set": _Follower.set_,
    "read": _Follower.variable_read,
    "db_get": _Follower.asked,
    ".": _Follower.source,
    "source": _Follower.source,
    "eval": _Follower.evaluate,
    "[": lambda self, words: decided(words[:-1], self.exists),
    "test": lambda self, words: decided(words, self.exists),
}
