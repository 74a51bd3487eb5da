"""The README's examples do what it says they do."""

import io
import json
import re
import shlex
import shutil
import subprocess
from contextlib import redirect_stdout

import pytest

from tests.server import PROJECT, Running

README = (PROJECT / "README.md").read_text()
HOST = "http://127.0.0.1:8000"
CONSOLE = re.findall(r"```console\n\$ (curl .+)\n((?s:.+?))```", README)


def test_there_are_six_examples_for_curl() -> None:
    assert len(CONSOLE) == 6


@pytest.mark.parametrize(("command", "shown"), CONSOLE)
def test_curl_gets_the_answer_shown(server: Running, command: str, shown: str) -> None:
    words = shlex.split(command.replace(HOST, server.url))
    received = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert json.loads(received) == json.loads(shown)


def test_the_python_example_walks_all_articles(server: Running) -> None:
    [example] = re.findall(r"```python\n((?s:.+?))```", README)
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(example.replace(HOST, server.url), {})
    assert len(printed.getvalue().splitlines()) == 3


@pytest.mark.skipif(not shutil.which("node"), reason="there is no node to run JavaScript")
def test_the_javascript_example_shows_a_whole_page(server: Running) -> None:
    [example] = re.findall(r"```js\n((?s:.+?))```", README)
    command = ["node", "--input-type=module", "--eval", example.replace(HOST, server.url)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Korea Herald <p>" in printed
    assert printed.count("Lee ") == 2
