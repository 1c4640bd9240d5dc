"""The tables that people keep by hand, and the contract each must meet."""
