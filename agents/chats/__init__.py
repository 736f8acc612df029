"""What happened in a chat: the events, and the folds from log to state."""

from agents.chats.context import ContextUse
from agents.chats.events import (
    ChatContinued,
    ChatEnded,
    ChatStarted,
    ChatSummarised,
    CodeReturned,
    CodeStarted,
    ContextSummarised,
    ContextTrimmed,
    DecisionMade,
    DecisionRequested,
    Event,
    FallbackUsed,
    FilesChanged,
    Interjected,
    LimitNeared,
    MessagePosted,
    ModelCalled,
    ParentTurn,
    PauseAsked,
    Recorded,
    RuleAdded,
    RuleRevoked,
    SpeakerSelected,
    SubchatReturned,
    SubchatSpent,
    SubchatStarted,
    SummaryAsked,
    ToolReturned,
    ToolStarted,
    event_from_json,
    request_digest,
)
from agents.chats.requests import KINDS, Limit, Request, Verdict, kind_of
from agents.chats.state import RESULT, SELECTION, ChatState, TeamUse, ToolTurn, fold, model_messages
from agents.chats.usage import (
    BUCKETS,
    CUT,
    INPUT_BUCKETS,
    Bucket,
    Call,
    CallOutcome,
    CallRecording,
    CutBy,
    MayBegin,
    OpenCall,
    Price,
    Purpose,
    Spend,
    Total,
    Usage,
    cut_by,
)
from agents.chats.values import ChatRow, FileChange, Person, Refusal, RequestRow, Status, sha256_of
from agents.specs import RequestKind
