"""What decides about the world outside the table. Each: ``decide`` is pure, ``run`` does what was decided."""
