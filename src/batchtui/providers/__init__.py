"""One module per wire protocol; `http.py` is the only one that knows httpx."""
