"""Every sentence about results, defined once in each language."""
