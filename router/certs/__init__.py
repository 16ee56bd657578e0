"""Certificates: parse, check, choose. Pure; ``now`` is an argument."""
