"""How much a response, a file or a query may use of this machine; docs/operations.md lists them."""

LARGEST_RESPONSE = 64 * 2**20
"""Bytes, decompressed: ten times the largest response ever seen."""

LARGEST_FILE = 64 * 2**20
"""Bytes of a claims file or a reference table: the largest shipped file is a hundredth of that."""

LARGEST_EVALUATION_LOG = 100 * 2**20
"""Bytes: transcripts are most of it."""

LARGEST_CONFIGURATION = 2**20
"""Bytes of a gateway's configuration."""

LONGEST_RECORD = 64 * 2**20
"""Bytes of a record of own usage; a longer one is refused before it fills the memory."""

SCRUB_SECONDS = 20.0
"""For which a run reads files of the lake to see whether they are whole."""

QUERY_SECONDS = 300.0
"""After which a query that a person wrote is stopped."""

QUERY_ROWS = 1_000_000
"""Rows of its result."""

QUERY_BYTES = 1_000_000_000
"""Of its result, which is in memory as a whole."""

QUERY_MEMORY = "4 GB"
"""Of all queries on the published database, by DuckDB's own count."""

QUERY_PROCESS_MEMORY = 6_000_000_000
"""Bytes of the process that runs a query that a person wrote, on Linux: DuckDB counts not all."""

BUILD_MEMORY = "500MB"
"""Of the tables of a build at once: with less, ten years of weeks are freed and read again."""

MOST_MEMORY = "80%"
"""Of this machine's, for a build that fails with less."""
