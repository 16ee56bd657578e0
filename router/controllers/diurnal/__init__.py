"""Replicas as a function of the clock. ``decide`` is pure; ``run`` does the I/O."""
