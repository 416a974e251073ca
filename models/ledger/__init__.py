"""The read ledger as mathematics: entries as bytes, the tree over them, checkpoints; no store."""
