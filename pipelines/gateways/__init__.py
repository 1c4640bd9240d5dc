"""Configurations that people already have: read, and checked against the warehouse."""
