"""The plane nginx: view (nginx-shaped values), render (templates), read_back (an independent parser), driver (the binary)."""
