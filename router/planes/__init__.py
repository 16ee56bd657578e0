"""Planes: the data planes. Each has view (plane-shaped value), render (templates), driver (the binary's ways)."""
