"""The journey as it is walked, held against the journey map."""
