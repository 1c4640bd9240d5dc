"""The names of the lake's tables: commands that read the database must start in an instant.

Their rows and how responses become rows are in `datasets`.
"""

TABLES = (
    "rankings_daily",
    "models",
    "rankings_filtered",
    "rankings_sampled",
    "app_rankings",
    "session_costs",
    "task_classifications",
    "providers",
    "zero_retention_endpoints",
    "endpoints",
    "benchmarks",
    "activity",
)
"""In the order of a run's requests: the essential ones first."""

OWN = frozenset({"activity"})
"""Tables of one's own usage: their files can be read by their owner only."""

SCORED = frozenset({"models", "benchmarks"})
"""Tables whose responses contain third-party scores, and so can be read by their owner only."""
