"""batchtui: watch, read and steer LLM batch jobs from the terminal."""

__version__ = "0.1.0"
