"""Routing documents to export: that of the sample, and one with signed agreements."""

import csv
from pathlib import Path

import duckdb
import pytest

from pipelines.exports import routing_reader
from pipelines.exports.routing_document import RoutingDocument
from pipelines.settings import REFERENCE
from tests.conftest import made_once
from tests.support.variants import callers, republished

AGREEMENTS = """
UPDATE marts.routing_table SET
    decision = CASE WHEN why = 'kept' THEN 'kept' ELSE 'cheapest' END,
    blocked_because = NULL,
    permission = 'allowed'
WHERE decision = 'blocked';

INSERT INTO marts.routing_provider BY NAME
SELECT
    week, workload.workload, provider, permission, TRUE AS is_in_region,
    permission = 'allowed' AS is_allowed
FROM (SELECT DISTINCT week FROM marts.routing_provider) AS routed
CROSS JOIN marts.workloads() AS workload
INNER JOIN (VALUES
    ('internal', 'azure', 'allowed'), ('internal', 'google-vertex', 'allowed'),
    ('internal', 'cheap', 'refused'), ('public', 'leaky', 'refused')
) AS signed (data_class, provider, permission) ON workload.data_class = signed.data_class;
"""
"""What the marts say once agreements for internal data are signed, and a provider is refused."""

DEEPSEEK_REFUSED = """
UPDATE marts.routing_table SET permission = 'refused' WHERE author = 'deepseek'
"""
"""Breaks routes that lead to deepseek."""


@pytest.fixture(scope="session")
def routes(database: Path) -> RoutingDocument:
    """The routes of the sample: two workloads are blocked, since nothing is signed."""
    return routing_reader.read(database)


@pytest.fixture(scope="session")
def signed(database: Path, tmp_path_factory: pytest.TempPathFactory) -> RoutingDocument:
    """The routes after agreements for internal data, of callers that escalate."""

    def sign(folder: Path) -> None:
        folder.mkdir()
        copy = republished(database, folder / "warehouse.duckdb", callers())
        with duckdb.connect(copy) as connection:
            connection.execute(AGREEMENTS)

    return routing_reader.read(made_once(tmp_path_factory, "signed", sign) / "warehouse.duckdb")


def shipped_matrix() -> dict[tuple[str, str, str], bool]:
    """Return the compliance matrix as the file in the repository has it."""
    with (REFERENCE / "compliance.csv").open(newline="") as file:
        return {
            (row["kind"], row["name"], row["data_class"]): row["is_allowed"] == "true"
            for row in csv.DictReader(file)
        }
