"""One module per wire protocol; `http_transport` is the only one that imports httpx."""
