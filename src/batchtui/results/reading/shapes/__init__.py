"""What the lines of other protocols say, in the one form that all of `results` reads."""
