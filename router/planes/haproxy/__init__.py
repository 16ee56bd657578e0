"""The plane HAProxy: view (HAProxy-shaped values), render (templates), read_back (an independent parser), driver (the binary)."""
