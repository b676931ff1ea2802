"""Why work waits: the wait of every handoff by cause."""
