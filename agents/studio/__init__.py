"""What pages, the command line and programs call: `Studio`, and the services of the session of a person."""

from agents.chats import ChatRow, RequestRow
from agents.exchange import Note as ImportNote
from agents.exchange import ProposedTeam, Reading
from agents.models import ConnectionReport, LocalServer
from agents.models.connections import ConnectionRow
from agents.specs.gallery import GalleryTeam
from agents.specs.mcp_server import McpServerRow
from agents.store import (
    CallRow,
    Dimension,
    LibraryRow,
    NotificationAddress,
    NotificationKind,
    RevisionLabel,
    TeamFile,
    TeamRow,
    UnsavedText,
    revision_label,
)
from agents.studio.administration import SandboxReport
from agents.studio.local_models import LocalModel
from agents.studio.proposals import ProposalState
from agents.studio.studio import Session, Studio
from agents.worker.foreground import Piece
from agents.workspaces.attachments import Attachment
from agents.workspaces.file_history import FileRow, FileVersion
from agents.workspaces.preview import Preview, shown_as
