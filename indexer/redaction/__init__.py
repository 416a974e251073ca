"""Copies without personal data: pictures with it blacked out, tables masked cell by cell."""
