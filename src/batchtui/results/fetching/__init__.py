"""How rows come in: downloads, compressed files, pipes."""
