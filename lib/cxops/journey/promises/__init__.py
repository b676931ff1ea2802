"""Promised times, what starts by itself, and who is told first."""
