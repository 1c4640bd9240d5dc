"""Tokenhouse: from OpenRouter's weekly rankings to a routing table.

Data flows from `sources` (fetches) to the `lake` (stores) and to `models` (builds, checks and
publishes what `sql/` defines, with the tables of `reference`). `queries` reads the published
database; `exports` and `report` write files from it in the sentences of `words`. `home` has the
paths, lock and refusals of a home, `orchestration` the Dagster assets, `cli` the commands.
"""
