"""Queries of the published database for the commands, the report and the exports."""
