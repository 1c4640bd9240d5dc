"""The operator's week: what moved, where it runs, what is ready, and which commands to run."""
