"""Sources: where objects come from. A source knows nothing of routing; it gives snapshots."""
