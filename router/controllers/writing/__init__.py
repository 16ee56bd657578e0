"""What the leader writes to the cluster: addresses of Ingresses, and Events. Everything follows from the newest pass."""
