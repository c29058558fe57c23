"""Facts of AWS that every layer uses."""
