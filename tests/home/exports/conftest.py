"""Routing documents to export: that of the sample, and one with signed agreements."""

import csv
import shutil
from pathlib import Path

import duckdb
import pytest

from pipelines.exports import routing_reader
from pipelines.exports.routing_document import RoutingDocument
from pipelines.settings import REFERENCE

AGREEMENTS = """
INSERT INTO staging.compliance BY NAME
SELECT
    kind, name, 'internal' AS data_class, allowed AS is_allowed, 'agreement' AS basis,
    'signed' AS dpa_status, current_date AS reviewed_on, 'somebody' AS reviewer
FROM (VALUES
    ('author', 'google', TRUE), ('author', 'xiaomi', TRUE), ('author', 'deepseek', TRUE),
    ('author', 'openai', TRUE), ('author', 'anthropic', TRUE), ('author', 'z-ai', TRUE),
    ('author', 'moonshotai', TRUE), ('author', 'minimax', TRUE), ('author', 'qwen', TRUE),
    ('provider', 'azure', TRUE), ('provider', 'google-vertex', TRUE), ('provider', 'cheap', FALSE)
) AS signed (kind, name, allowed);

INSERT INTO staging.compliance BY NAME
SELECT
    'provider' AS kind, 'leaky' AS name, 'public' AS data_class, FALSE AS is_allowed,
    'keeps prompts' AS basis, 'none' AS dpa_status, current_date AS reviewed_on,
    'somebody' AS reviewer;

UPDATE marts.routing_table SET blocked_because = NULL;
"""

DEEPSEEK_REFUSED = """
INSERT INTO staging.compliance BY NAME
SELECT
    'author' AS kind, 'deepseek' AS name, 'public' AS data_class, FALSE AS is_allowed,
    'x' AS basis, 'none' AS dpa_status, current_date AS reviewed_on, 'x' AS reviewer
"""
"""Breaks routes that lead to deepseek; its basis distinguishes the row from others."""


@pytest.fixture(scope="session")
def routes(database: Path) -> RoutingDocument:
    """The routes of the sample: two workloads are blocked, since nothing is signed."""
    return routing_reader.read(database)


@pytest.fixture(scope="session")
def signed(database: Path, tmp_path_factory: pytest.TempPathFactory) -> RoutingDocument:
    """The same routes after agreements for internal data."""
    copy = tmp_path_factory.mktemp("signed") / "warehouse.duckdb"
    shutil.copy(database, copy)
    with duckdb.connect(copy) as connection:
        connection.execute(AGREEMENTS)
    return routing_reader.read(copy)


def shipped_matrix() -> dict[tuple[str, str, str], bool]:
    """Return the compliance matrix as the file in the repository has it."""
    with (REFERENCE / "compliance.csv").open(newline="") as file:
        return {
            (row["kind"], row["name"], row["data_class"]): row["is_allowed"] == "true"
            for row in csv.DictReader(file)
        }
