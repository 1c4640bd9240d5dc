"""Own usage: the ledger of one's own requests, the readers that fill it, and its folds."""
