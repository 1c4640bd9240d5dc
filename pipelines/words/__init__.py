"""Every word that people read of the warehouse, once, in each language."""
