"""What a batch is. Standard library only."""
