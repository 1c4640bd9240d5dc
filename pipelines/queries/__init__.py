"""What the commands, the report and the exports ask of the published database."""
