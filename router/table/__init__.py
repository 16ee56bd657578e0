"""The neutral routing table: what both planes render, what `explain` reads, what golden tests compare."""
