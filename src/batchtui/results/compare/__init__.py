"""Several files, or a file and its requests, side by side."""
