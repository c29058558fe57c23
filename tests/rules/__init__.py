"""Tests of the rules: their documentation, what they rest on, and that what they say to paste fixes what they find."""
