"""Results files: download, index, search, records and export. Bytes stay bytes."""
