"""Rows written to files of other kinds."""
