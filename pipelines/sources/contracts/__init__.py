"""What each endpoint may return, and the rows that the lake stores of it."""
