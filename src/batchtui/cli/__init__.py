"""The command line face. Importing it loads neither textual, httpx nor pydantic."""
