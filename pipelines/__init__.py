"""Tokenhouse: from OpenRouter's weekly rankings to a routing table.

Data flows through the folders in this order: `sources` fetches, `lake` stores, `models` builds what
`sql/` defines, `queries` reads the published database, `exports` and `report` write files from it,
`orchestration` makes all of it Dagster assets, and `cli` gives each command a module.
"""
