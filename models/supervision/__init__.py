"""Supervision of duty: which look-ups are unlike ordinary work, and why. Pure; knows marks, never values."""
