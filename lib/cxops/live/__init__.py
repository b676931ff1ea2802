"""Live workshops: notebooks with widgets, served by Voila on this machine, offline."""

from cxops.live.voila import command, environment, query, serve, workshop

__all__ = ["command", "environment", "query", "serve", "workshop"]
