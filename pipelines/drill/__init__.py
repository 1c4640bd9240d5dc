"""A drill: what an exported configuration does when models fail, on this machine alone."""
