"""A deterministic world of batches behind the real wire protocols, with faults on demand."""
