"""Tokenhouse: from OpenRouter's weekly rankings to a routing table.

The way of the data is the order of the rooms: `sources` asks, `lake` keeps, `models` computes
what `sql/` says, `exports` writes for the gateways, `assets` and `definitions` give it to Dagster.
"""
