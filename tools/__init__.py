"""Generators of the documents and pictures that are derived from the code and the data."""
