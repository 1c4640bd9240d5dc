"""What a home contains besides the lake: its files, writer lock, database and refusals."""
