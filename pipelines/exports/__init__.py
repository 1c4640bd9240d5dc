"""One module per format that somebody else's program reads; all start from one routing document."""
