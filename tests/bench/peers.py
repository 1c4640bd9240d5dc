"""The same models and checks as a dbt and as a SQLMesh project: `make bench-peers`.

The projects are generated from `sql/` and exist only here. What other tools cannot build is in
their database before they start: responses, reference tables, folds and draws.
`python -m tests.bench.peers PYTHON` names the Python for which they are installed.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import closing
from functools import partial
from pathlib import Path

import duckdb

from pipelines.home.database import SESSION
from pipelines.models import build, definition, inputs
from pipelines.models.definition import Model
from pipelines.usage import fold
from tests.bench import tables
from tests.bench.floor import sampled
from tests.bench.pairs import TURNS, Side, alone, in_turns, program, spend

PROFILE = """
peers:
  target: here
  outputs:
    here: {{type: duckdb, path: {database}, threads: 1, settings: {{TimeZone: UTC}}}}
"""

PROJECT = """
name: peers
profile: peers
flags: {send_anonymous_usage_stats: false}
"""

SCHEMA_AS_IT_IS = """
{% macro generate_schema_name(name, node) %}{{ name }}{% endmacro %}
"""

GATEWAY = """
gateways:
  here:
    connection: {{type: duckdb, database: {database}, concurrent_tasks: 1}}
default_gateway: here
disable_anonymized_analytics: true
model_defaults: {{dialect: duckdb, start: 2026-01-01}}
"""


def is_given(model: Model) -> bool:
    """Whether a peer gets the table as it is: a fold, or what a function draws."""
    return model.schema == fold.SCHEMA or model.front.function is not None


def given(home: Path, database: Path, models: Iterable[Model]) -> None:
    """Create the tables that the peers' models read and cannot make themselves."""
    database.parent.mkdir()
    with closing(duckdb.connect(database, config=build.COMPATIBLE)) as connection:
        connection.sql(SESSION)
        inputs.attach(connection, home / "lake")
        found = connection.sql(
            "SELECT database, name FROM (SHOW ALL TABLES) "
            "WHERE database IN ('lake', 'reference', 'home')"
        ).fetchall()
        connection.sql(f"ATTACH '{home}/warehouse.duckdb' AS published (READ_ONLY)")
        wanted = [(schema, name, f"{schema}.main.{name}") for schema, name in found]
        for model in models:
            if is_given(model):
                wanted.append((model.schema, model.path.stem, f"published.{model.name}"))
        for schema, name, source in wanted:
            connection.sql(f"CREATE SCHEMA IF NOT EXISTS peers.{schema}")
            connection.sql(f"CREATE TABLE peers.{schema}.{name} AS FROM {source}")


def referring(text: str, models: Iterable[Model]) -> str:
    """Return SQL in which tables of other models are dbt's references."""
    made = {model.name for model in models}
    return re.sub(
        r"\b\w+\.\w+\b",
        lambda found: "{{ ref('" + found[0] + "') }}" if found[0] in made else found[0],
        text,
    )


def write(folder: Path, files: dict[str, str]) -> None:
    """Write the files of a project."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def dbt(folder: Path, database: Path, models: list[Model]) -> None:
    """Write a dbt project: a model a file, a check a test."""
    files = {
        "dbt_project.yml": PROJECT,
        "profiles.yml": PROFILE.format(database=database),
        "macros/schema.sql": SCHEMA_AS_IT_IS,
    }
    for model in models:
        place = f"schema='{model.schema}', alias='{model.path.stem}'"
        config = f"{{{{ config(materialized='table', {place}) }}}}\n"
        files[f"models/{model.name}.sql"] = config + referring(model.sql, models)
        for number, query in enumerate(model.checks.values()):
            files[f"tests/{model.name}.{number}.sql"] = referring(query, models)
    write(folder, files)


def sqlmesh(folder: Path, database: Path, models: list[Model]) -> None:
    """Write a SQLMesh project: a model a file, a check an audit of its own."""
    files = {"config.yaml": GATEWAY.format(database=database)}
    for model in models:
        files[f"models/{model.name}.sql"] = f"MODEL (name {model.name}, kind FULL);\n{model.sql}"
        files[f"audits/{model.name}.sql"] = "".join(
            # Other audits see no table but their model's.
            f"AUDIT (name {model.name.replace('.', '__')}__{number}, standalone true);\n{query};\n"
            for number, query in enumerate(model.checks.values())
        )
    write(folder, files)


BUILT = """
from pathlib import Path
from pipelines.models import build, definition, publish
publish.discard(build.build(Path(sys.argv[1]), definition.load())[0])
"""

PEERS = {
    "dbt-duckdb": (dbt, "dbt -q build --no-version-check --project-dir {0} --profiles-dir {0}"),
    "sqlmesh": (sqlmesh, "sqlmesh -p {0} --log-file-dir {0} plan --auto-apply --no-prompts"),
}
"""How a project is written, and the command that builds it with all checks."""


def main(python: Path) -> None:
    """Build the sample with each in turns, and write down what that took."""
    models = definition.load()
    theirs = [model for model in models if not is_given(model)]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        alone(sampled, home)

        def built_by(name: str) -> Side:
            project = home / name
            generate, command = PEERS[name]
            given(home, project / "peers.duckdb", models)
            generate(project, project / "peers.duckdb", theirs)
            side, _ = spend(*f"{python.parent}/{command.format(project)}".split())
            shutil.rmtree(project)
            return side

        sides = {name: partial(built_by, name) for name in PEERS}
        ours, *others = in_turns({"Tokenhouse": lambda: program(BUILT, home)[0], **sides})
    names = [f"{name} {version(python, name)}" for name in PEERS]
    checks = sum(len(model.checks) for model in theirs)
    lines = [
        f"One run of `make bench-peers`: {tables.machine()}. A first build of the sample, with the "
        f"same {len(theirs)} models and {checks} checks, the least of {TURNS} turns. The others "
        "get folds and draws as they are; Tokenhouse makes the folds and reads the kept draws.",
        "",
        "| tool | processor seconds | of Tokenhouse | memory | on the clock |",
        "|---|--:|--:|--:|--:|",
        *(
            f"| {name} | {one.seconds:.1f} | {one.seconds / ours.seconds:.1f} "
            f"| {one.memory:.0f} MB | {one.clock:.1f} s |"
            for name, one in zip(("Tokenhouse", *names), (ours, *others), strict=True)
        ),
    ]
    tables.write("\n".join(lines), "make bench-peers")
    print("\n".join(lines))  # noqa: T201


def version(python: Path, name: str) -> str:
    """Return the version of a package that is installed for a Python."""
    program = f"import importlib.metadata as m; print(m.version({name!r}), end='')"
    return subprocess.check_output([python, "-c", program], text=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
