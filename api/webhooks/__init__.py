"""Telling machine accounts of their finished jobs: signed, at least once, to addresses we may call."""
