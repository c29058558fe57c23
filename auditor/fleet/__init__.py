"""Many repositories, audited each for itself, and told together: which platform reaches which bucket of whom."""
