"""The terminal face: widgets render, presenters format, screens orchestrate."""
