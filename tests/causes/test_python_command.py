"""Command lines of Python, and of what serves applications."""

import pytest

from shave.causes.python_command import PythonCommand, application, python_command


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("-u -W ignore app.py -m x", PythonCommand(script="app.py", arguments=("-m", "x"))),
        ("-Wignore -um app.main serve", PythonCommand(module="app.main", arguments=("serve",))),
        ("-mapp", PythonCommand(module="app")),
        ("-Ic pass", PythonCommand(text="pass", isolated=True, environment=False)),
        ("-I app.py", PythonCommand(script="app.py", isolated=True, environment=False)),
        ("-P app.py", PythonCommand(script="app.py", isolated=True)),
        ("-E --check-hash-based-pycs never app.py", PythonCommand(script="app.py", environment=False)),
        ("-", None),
        ("-V", None),
        ("", None),
    ],
)
def test_what_is_run(words: str, command: PythonCommand | None) -> None:
    assert python_command(tuple(words.split())) == command


def test_a_word_that_only_a_run_knows() -> None:
    assert python_command(("-u", None, "app.py")) is None


@pytest.mark.parametrize(
    ("words", "module"),
    [
        ("/usr/local/bin/gunicorn -w 2 -b 0.0.0.0:8000 app:app", "app"),
        ("gunicorn -b localhost:8000 diary.wsgi", "diary.wsgi"),
        ("gunicorn app.main:create('x') --preload", "app.main"),
        ("gunicorn --preload diary", ""),
        ("gunicorn -c conf.py app:app", ""),
        ("gunicorn --chdir=/srv app:app", ""),
        ("uvicorn main:app --host 0.0.0.0 --port 80", "main"),
        ("uvicorn --app-dir src main:app", ""),
        ("flask --app hello run", "hello"),
        ("flask --app=hello.py:make run", "hello"),
        ("flask run", "said"),
        ("celery -A tasks worker", "tasks"),
        ("nothing app:app", ""),
    ],
)
def test_what_is_served(words: str, module: str) -> None:
    name, *arguments = words.split()
    assert application(name, tuple(arguments), {"FLASK_APP": "said.py"}) == module
