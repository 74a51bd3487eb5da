"""The documentation keeps up with the code."""

import re

from api import VERSION
from api.app import create_app
from api.delivery import template
from schemas.article import ArticlesQuery
from seed.__main__ import parser
from settings import Settings
from store.client import Database
from tests.server import PROJECT

VARIABLE = re.compile(r"\b(?:BYLINE|MONGODB)_[A-Z_]+\b")


def read(name: str) -> str:
    return (PROJECT / name).read_text()


def test_every_setting_has_a_row_in_the_table_and_every_row_a_setting() -> None:
    known = set(re.findall(r'env\.\w+\(\s*"(\w+)"', read("settings.py")))
    documented = set(re.findall(r"^\| `(\w+)` \|", read("docs/settings.md"), re.MULTILINE))
    assert len(known) > 10
    assert documented == known


def test_no_document_names_a_setting_that_is_not_there() -> None:
    known = set(VARIABLE.findall(read("settings.py")))
    pages = [*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md"), PROJECT / "docker-compose.yml"]
    named = {name for page in pages for name in VARIABLE.findall(page.read_text())}
    assert named <= known


def test_every_route_has_a_row_in_the_table_and_every_row_a_route(memory_db: Database) -> None:
    app = create_app(Settings.from_env(), memory_db)
    routes = {
        f"{method} {template(rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "home" and "path" not in rule.arguments
    }
    row = r"^\| `((?:GET|POST|PUT|PATCH|DELETE) \S+)` \|"
    assert set(re.findall(row, read("docs/endpoints.md"), re.MULTILINE)) == routes


def test_every_metric_has_a_row_and_every_row_a_metric(memory_db: Database) -> None:
    client = create_app(Settings.from_env(), memory_db).test_client()
    client.get("/livez")
    told = set(re.findall(r"^# TYPE (\S+)", client.get("/metrics").text, re.MULTILINE))
    documented = set(
        re.findall(r"^\| `((?:byline|process)_\w+)` \|", read("docs/metrics.md"), re.MULTILINE)
    )
    assert documented == told


def test_the_version_is_that_of_the_project() -> None:
    assert f'version = "{VERSION}"' in read("pyproject.toml")


def test_every_query_parameter_of_articles_has_a_row() -> None:
    asked = {field.data_key or name for name, field in ArticlesQuery().fields.items()}
    documented = set(re.findall(r"^\| `(\w+)` \|", read("docs/endpoints.md"), re.MULTILINE))
    assert documented == asked


def test_every_option_of_the_seed_script_is_explained() -> None:
    options = {option for action in parser()._actions for option in action.option_strings}
    page = read("docs/seed.md")
    for option in options - {"-h", "--help"}:
        assert f"| `{option}" in page


def test_docker_runs_no_command_that_the_tests_do_not() -> None:
    files = read("Dockerfile") + read("docker-compose.yml")
    commands = set(re.findall(r'\["python", "-m", ([^\]]+)\]', files))
    assert commands == {'"api", "serve"', '"api", "health"', '"seed"'}
    tests = read("tests/test_end_to_end.py") + read("tests/server.py")
    for command in commands:
        assert command in tests
