"""What a supervisor and the worker it starts agree on: two names in the environment, and a pipe.

The supervisor holds the child's standard input open for as long as it lives, however it ends.
"""

SUPERVISED = "STUDIO_WORKER_SUPERVISED"
"""Set: standard input is the supervisor's pipe, and its end is the order to stop."""

REPLACES = "STUDIO_WORKER_REPLACES"
"""The process id of the worker that died before this one, "" for none: its legs may be taken over at once."""
