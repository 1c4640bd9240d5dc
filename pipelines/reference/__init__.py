"""The hand-kept tables: which file each is read from, and the contract of its rows."""
