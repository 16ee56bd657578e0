"""What watches over it: readiness, metrics, debug pages."""
