"""The command line: arguments, the commands, and how a chat reads in a terminal. Knows only the studio's verbs."""
