"""Keeps a store of batches true and acts on them; the one facade of both faces."""
