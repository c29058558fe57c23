"""The kinds of need that a contract can have, one module each: the need, its proof, and the cause that rules match on."""
