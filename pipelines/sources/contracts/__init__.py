"""What each endpoint may answer, and the rows that the lake keeps of it."""
