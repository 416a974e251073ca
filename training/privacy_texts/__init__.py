"""Varied made-up texts for the sequence model: a grammar of blocks, wide word stock, damage as a channel."""
