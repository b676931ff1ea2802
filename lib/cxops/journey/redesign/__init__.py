"""What would change if the work were arranged differently."""
