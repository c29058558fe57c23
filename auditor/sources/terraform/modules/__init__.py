"""Modules: files to a tree of modules, expressions to values, `count` and `for_each` to instances."""
