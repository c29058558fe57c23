"""What several formats are made of: sentences, places, excerpts, and the text of values."""
