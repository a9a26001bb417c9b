"""What one line says: its shape on the wire, its texts and blocks, in a form made for reading."""
