"""The daemon controller: one pod on every node that matches, or on a chosen part of them. ``decide`` is pure, ``run`` does it."""
