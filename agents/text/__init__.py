"""How facts read: money, tokens, time, states, requests, files: the one place, for pages, feed and command line."""
