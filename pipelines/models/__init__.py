"""Reads `sql/`, orders it, runs it on DuckDB and publishes the result.

One file is one model is one table: `sql/marts/weekly_total.sql` makes `marts.weekly_total`.
"""
