"""What pages, the command line and programs call: `Studio`, and the services of the session of a person."""

from agents.models import ConnectionReport
from agents.models.connections import ConnectionRow
from agents.specs.gallery import GalleryTeam
from agents.store import (
    CallRow,
    ChatRow,
    Dimension,
    McpServerRow,
    NotificationAddress,
    NotificationKind,
    RequestRow,
    TeamRow,
)
from agents.studio.leg_thread import Piece
from agents.studio.sandbox import SandboxReport
from agents.studio.session import Session
from agents.studio.studio import Studio
from agents.workspaces.attachments import Attachment
from agents.workspaces.file_history import FileRow, FileVersion
from agents.workspaces.preview import Preview

__all__ = [
    "Attachment",
    "CallRow",
    "ChatRow",
    "ConnectionReport",
    "ConnectionRow",
    "Dimension",
    "FileRow",
    "FileVersion",
    "GalleryTeam",
    "McpServerRow",
    "NotificationAddress",
    "NotificationKind",
    "Piece",
    "Preview",
    "RequestRow",
    "SandboxReport",
    "Session",
    "Studio",
    "TeamRow",
]
