"""Files of requests: read, filled in, checked, changed, split, and sent as one body."""
