"""What the product is called, its version, and how its command is typed. The build reads the version from here.

Knows nothing else of the studio. Read by everything that shows a name or tells people what to type.
"""

__version__ = "0.2.0"

NAME = "Groupchat Studio"
"""As people read it."""
ABOUT = "durable group chats of AI agents that wait for you, survive a crash, and account for every call."
DISTRIBUTION = "groupchat-studio"
"""As package indexes, servers and data folders know it."""
PACKAGE = __name__.rpartition(".")[0]
"""The package that holds the studio: `agents` in the checkout, `groupchat_studio` where the wheel is installed."""
IS_INSTALLED = PACKAGE != "agents"
"""False in the checkout."""
COMMAND = DISTRIBUTION if IS_INSTALLED else "python -m agents"
"""What people type before a command's name."""
