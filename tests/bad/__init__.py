"""Bad objects as data: one file a kind, named by what is wrong; what is said about it stands beside it (see README.md)."""
