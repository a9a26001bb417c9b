"""Finding, ordering and counting rows."""
