"""Who reaches a bucket, as a picture: `graph` says what there is to draw, `mermaid`, `dot` and `svg` draw it."""
