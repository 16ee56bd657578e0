"""Dialects: API families in which people speak about routes. Pure functions from facts to claims; strangers to each other."""
