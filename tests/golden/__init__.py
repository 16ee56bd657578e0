"""Golden cases: a folder a newcomer can read."""
