"""The machine that an audit runs on: its cores."""
