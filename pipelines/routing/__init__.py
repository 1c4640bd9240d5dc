"""Routing beyond SQL: draws of what is not known, and the memory of decisions."""
