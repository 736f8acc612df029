"""The Files of a chat: a dialog with the list, one file's preview, versions and changes, and attaching."""
