"""The local copies: where they lie, what is known of them, and the room they may take."""
