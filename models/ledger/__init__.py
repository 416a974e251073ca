"""The read ledger as mathematics: entries as bytes, the tree over them, checkpoints. Nothing here reads a store."""
