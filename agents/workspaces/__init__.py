"""The files of a chat: what people attach and what code makes, every version of each, and how they are shown."""

from agents.workspaces.descriptions import described
from agents.workspaces.workspace import Workspace
