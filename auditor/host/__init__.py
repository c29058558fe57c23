"""The machine that an audit runs on: its cores, and what it keeps between runs."""
