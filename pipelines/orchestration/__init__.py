"""The Dagster assets, how Dagster records runs, and the status of a home."""
