"""A file of results: where its lines are and what they are, and reading them where they lie."""
