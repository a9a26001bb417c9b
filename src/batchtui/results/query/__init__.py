"""The query language: what a query means, and regular expressions."""
