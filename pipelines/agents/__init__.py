"""What language models may ask of the published database, over the Model Context Protocol."""
