"""One module per outside source; only here is HTTP spoken."""
