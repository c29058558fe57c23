"""The machine that an audit runs on: its cores, what it keeps between runs, and who waits for it."""
