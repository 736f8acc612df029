"""What runs legs: the worker process, the runner of legs, the durable queue, heartbeats, deadlines, retention."""
