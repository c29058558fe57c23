"""The ground that everything stands on: places, errors, values with unknowns, cases, patterns, JSON text."""
