"""Registration requests as data: where their parts stand in a text, what their schemas say, which files they name."""
