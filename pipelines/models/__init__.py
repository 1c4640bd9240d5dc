"""Read the models of `sql/`, order, build and check them, and publish the result.

One file is one model is one table: `sql/marts/market/weekly_total.sql` makes `marts.weekly_total`.
"""
