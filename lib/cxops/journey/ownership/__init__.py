"""Who answers for what, and where it falls between."""
