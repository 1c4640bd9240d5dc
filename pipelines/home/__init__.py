"""A home besides its lake: paths, files, writer lock, database, refusals, acceptances, errors."""
