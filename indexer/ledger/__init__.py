"""The read ledger in use: verification, proofs, exports, receipts, moving old entries out."""
