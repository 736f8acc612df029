"""Who works when: the worker process, the runner of legs, the durable queue, heartbeats, deadlines, retention."""
