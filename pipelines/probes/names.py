"""Names for the hashes of ids: those of every model that a catalogue has listed."""

from pipelines.exports import openclaw
from pipelines.probes.facts import hashed
from pipelines.queries.published import Connection, query

LISTED = "SELECT DISTINCT model_id FROM marts.catalogue()"


def known(connection: Connection) -> dict[str, str]:
    """Return the references to models on OpenRouter by their hashes."""
    references = (openclaw.reference(row["model_id"]) for row in query(connection, LISTED))
    return {hashed(one): one for one in references}
