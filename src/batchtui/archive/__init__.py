"""What outlives the provider and this process: one SQLite file, shared by every running copy."""

from batchtui.archive.archive import Archive

__all__ = ["Archive"]
