"""Making one contact of several."""
