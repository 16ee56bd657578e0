"""Facts: objects as we need them, typed and frozen. Decoding happens once, at the door (facts.decode)."""
