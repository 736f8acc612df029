"""How facts read: money, numbers, time, states, calls, files; for pages, feed and command line alike."""
