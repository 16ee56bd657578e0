"""One of several routers writes to the cluster: the one that holds the Lease. The others serve, and are silent."""
