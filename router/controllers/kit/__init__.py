"""What controllers of objects share: queue, barrier, batches, calls, what is followed. All on the project's clock."""
