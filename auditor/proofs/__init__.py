"""One proof for each kind of need: a bucket and a need to a verdict."""
