"""A team: its agents, who speaks next, when it ends, what its code may reach. What a person composes and a chat pins.

Values only: no storage, no model, no screen. `load_team` reads what people write (YAML or JSON), `dump_team`
writes it back; a `TeamSpec` that exists is a valid one.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, Discriminator, Field, JsonValue, Tag, field_validator, model_validator

from agents.errors import SpecError
from agents.specs.approval_rules import MAX_RULES, Deadline, Rule
from agents.specs.placeholders import fill, filled_length
from agents.specs.reply_shape import check_shape
from agents.specs.team_limits import check_limits
from agents.specs.team_parts import MAX_PROMPT_CHARS, ContextSpec, SandboxSpec, SummarySpec
from agents.specs.team_validation import (
    check_references,
    check_switched_on,
    check_team_member,
    check_tree,
    checked_name,
    checked_parameters,
)
from agents.specs.validation import NAMED_TEAM, OWN_TEAM, Format, Spec, dump_text, parse_text, read_spec

SCHEMA_VERSION: Literal[1] = 1
MAX_REMINDER_CHARS = 4_000
MAX_AGENTS = 50

Role = Literal["assistant", "human", "executor", "team"]
HumanInputMode = Literal["ALWAYS", "TERMINATE", "NEVER"]
SelectionMethod = Literal["auto", "round_robin", "random", "manual"]

DEFAULT_CONNECTION = "default"
"""The connection name that means: whichever the person has chosen as theirs."""


class AgentSpec(Spec):
    """One member of a team."""

    name: Annotated[str, AfterValidator(checked_name)]
    """What models and the log call it; unique in the team; ASCII, because model providers refuse others."""
    display_name: str = Field("", max_length=80)
    """What people see; `name` when empty."""
    emoji: str = Field("", max_length=8)
    color: str = Field("", pattern=r"^(#[0-9a-fA-F]{6})?$")
    """`#rrggbb`; chosen by position when empty."""
    role: Role = "assistant"
    """assistant: a model speaks. human: a person speaks. executor: runs the code others write.
    team: a team of its own, which works on the turn in a chat of its own."""
    team: "MemberTeam | None" = None
    """Of the role team: who does the work, written out here, or the name of a team: "gallery:writer-and-critic", or a
    saved team's id. A chat pins it as it is at the chat's start."""
    carryover: bool = False
    """Of the role team: whether it is told the task, and the results of the teams before it (AutoGen's carryover), in
    place of the last message."""
    description: str = Field("", max_length=4_000)
    """What the speaker selection reads about this agent."""
    prompt: str = Field("", max_length=MAX_PROMPT_CHARS)
    """The system prompt; of the role team what it is told in place of the task or the last message, when it is not
    empty (AutoGen's `message` of a nested chat). `{placeholders}` named in the team's `variables` are filled when a
    chat starts."""
    reminder: str = Field("", max_length=MAX_REMINDER_CHARS)
    """What its model reads last, behind the conversation, in each of its turns; placeholders as in the prompt. Small
    models follow it where they forget the prompt."""
    connection: str = ""
    """Name of the connection to use; the team's when empty."""
    model: str = Field("", max_length=200)
    """Model name at that connection; the team's or the connection's own when empty."""
    temperature: float | None = Field(None, ge=0, le=2)
    parameters: Annotated[dict[str, JsonValue], AfterValidator(checked_parameters)] = {}
    """Further request parameters, sent as they are (`top_p`, `max_tokens`, `seed`, `reasoning_effort`, ...)."""
    human_input_mode: HumanInputMode | None = None
    """When a person is asked in this agent's place, with AutoGen's meaning; by role when None: ALWAYS for a
    human, NEVER for others."""
    reply_schema: dict[str, JsonValue] = {}
    """The JSON schema of its messages; it says anything when empty."""
    max_consecutive_auto_reply: int | None = Field(None, ge=0, le=1_000)
    """Turns it may take in a row without a person; then NEVER ends the chat and TERMINATE asks."""
    auto_reply: str = Field("", max_length=4_000)
    """What it says when it is skipped and has no model."""
    tools: list[str] = Field([], max_length=100)
    """Names of the tools its model may call; each call passes the team's policies."""
    tool_choice: Literal["auto", "required"] = "auto"
    """required: in each of its turns its model calls a tool before it says anything."""
    step_mode: bool = False
    """Whether a person sees each of its messages before the team does."""
    is_off: bool = False
    """Whether it takes no part: chats start as if it were not in the team."""

    @field_validator("reply_schema")
    @classmethod
    def _shape_is_a_schema(cls, schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if schema:
            check_shape(schema)
        return schema

    @model_validator(mode="after")
    def _team_is_a_team(self) -> Self:
        check_team_member(self.role, self.team)
        return self

    @property
    def own_team(self) -> "TeamSpec | None":
        """The team that the member is, written out; None for others, and for one that is only named."""
        return self.team if isinstance(self.team, TeamSpec) else None

    @property
    def filled_texts(self) -> dict[str, str]:
        """The texts that may have placeholders, by field."""
        return {name: getattr(self, name) for name in FILLED}

    @property
    def label(self) -> str:
        """The name to show."""
        return self.display_name or self.name

    @property
    def asks_human(self) -> HumanInputMode:
        """`human_input_mode` with the role's default filled in."""
        return self.human_input_mode or ("ALWAYS" if self.role == "human" else "NEVER")

    @property
    def introduction(self) -> str:
        """What the speaker selection reads about it: its description, else what it is told, else what it is."""
        told = self.own_team.description if self.own_team else self.prompt
        return self.description or told or f"{self.label} ({self.role})."

    @property
    def has_model(self) -> bool:
        """True for agents that a model speaks for."""
        return self.role == "assistant"


FILLED = {"prompt": MAX_PROMPT_CHARS, "reminder": MAX_REMINDER_CHARS}
"""The fields of an agent that have placeholders, and how many characters each may have."""
SELECTION_MESSAGE = """You are in a role play game. The following roles are available:
                {roles}.
                Read the following conversation.
                Then select the next role from {agentlist} to play. Only return the role."""
"""AutoGen's `select_speaker_message_template`."""
SELECTION_PROMPT = (
    "Read the above conversation. Then select the next role from {agentlist} to play. Only return the role."
)
"""AutoGen's `select_speaker_prompt_template`."""
MAX_SELECTION_CHARS = 20_000


class SelectionSpec(Spec):
    """Who speaks next."""

    method: SelectionMethod = "auto"
    allow_repeat: bool = True
    """Whether an agent may speak twice in a row."""
    transitions: dict[str, list[str]] | None = None
    """Who may follow whom, by name; all may follow all when None; an agent with no entry ends the chat."""
    connection: str = ""
    """Connection for the selection calls of `auto`; the team's when empty."""
    model: str = Field("", max_length=200)
    max_attempts: int = Field(3, ge=1, le=10)
    """Selection calls a turn at most (AutoGen's 1 + max_retries_for_selecting_speaker)."""
    message: str = Field(SELECTION_MESSAGE, max_length=MAX_SELECTION_CHARS)
    """The system message of the selection calls; `{roles}` becomes the names and descriptions of those who may follow,
    `{agentlist}` their names. AutoGen's `select_speaker_message_template`."""
    prompt: str = Field(SELECTION_PROMPT, max_length=MAX_SELECTION_CHARS)
    """What the selection calls end with; the conversation when empty. AutoGen's `select_speaker_prompt_template`."""
    prompt_role: Literal["system", "user"] = "system"
    """AutoGen's `role_for_select_speaker_messages`."""
    function: str = Field("", max_length=100)
    """Name of a function of the plugins folder that is asked first; it names a member, or the method that chooses."""
    named: bool = False
    """Whether the only member whom the last message names, or the only one who may run its code, speaks next; the
    method decides about every other message."""

    @field_validator("message")
    @classmethod
    def _message_says_something(cls, message: str) -> str:
        if not message.strip():
            raise ValueError("It is empty; the model would not know what to choose. Write what it is to do.")
        return message


class TerminationSpec(Spec):
    """Which message ends the chat."""

    phrases: list[str] = ["TERMINATE"]
    match: Literal["ends_with", "contains", "equals"] = "ends_with"
    """How a phrase is looked for in a message, surrounding white space aside."""
    function: str = Field("", max_length=100)
    """Name of a function of the plugins folder that is asked after each message whether the chat is over."""
    by: list[str] | None = None
    """Names of the agents who may end the chat so; all when None."""
    after_last: bool = False
    """Whether the chat is over once the last of its members has spoken: one after another, as a pipeline."""

    @field_validator("phrases")
    @classmethod
    def _phrases_say_something(cls, phrases: list[str]) -> list[str]:
        if any(not phrase.strip() for phrase in phrases):
            raise ValueError("A phrase is empty; every message would end the chat. Remove it.")
        return phrases


class LimitsSpec(Spec):
    """When a chat pauses, or ends, by itself; None means no such limit. Counted anew when an ended chat goes on."""

    when_reached: Literal["ask", "end"] = "ask"
    """ask: a person may raise the limit, let the turn finish, or end. end: the chat ends. For repeats likewise."""

    max_rounds: int | None = Field(12, ge=1, le=100_000)
    """Messages in all, the task included (AutoGen's max_round)."""
    max_tokens: int | None = Field(None, ge=1)
    """Tokens of all model calls, selection included, in and out."""
    max_cost_usd: float | None = Field(None, gt=0)
    """Dollars of all priced model calls; calls without a known price count nothing."""
    max_work_s: float | None = Field(None, gt=0)
    """Seconds that model calls took; waiting for a person, or for a worker, does not count."""
    max_repeats: int | None = Field(3, ge=2, le=100)
    """The same message, or nearly so, of a model this many times in a row of its agent's messages: a loop."""


class TeamSpec(Spec):
    """A whole team, valid by construction: names are unique and every reference resolves within the team."""

    schema_version: Literal[1] = SCHEMA_VERSION
    name: str = Field(min_length=1, max_length=80)
    description: str = Field("", max_length=4_000)
    tags: list[str] = []
    agents: list[AgentSpec] = Field(min_length=2, max_length=MAX_AGENTS)
    connection: str = DEFAULT_CONNECTION
    """Connection of every agent that names none."""
    model: str = Field("", max_length=200)
    """Model of every agent that names none; the connection's own when empty."""
    selection: SelectionSpec = SelectionSpec()
    initiator: str = ""
    """Whose message the task is; the first human or executor, else the first agent, when empty."""
    introductions: bool = False
    """Whether each prompt ends with the names and descriptions of all members (AutoGen's `send_introductions`)."""
    first_speaker: str = ""
    """Who answers the task first; selected like every other turn when empty."""
    termination: TerminationSpec = TerminationSpec()
    limits: LimitsSpec = LimitsSpec()
    context: ContextSpec = ContextSpec()
    summary: SummarySpec = SummarySpec()
    step_mode: bool = False
    """Whether a person sees each message of a model before the team does."""
    policies: list[Rule] = Field([], max_length=MAX_RULES)
    """What agents may do without being asked: the first rule that fits decides; where none does, a person is asked."""
    deadlines: list[Deadline] = Field([], max_length=MAX_RULES)
    """How long requests may wait: the first that fits counts; where none does, they wait."""
    sandbox: SandboxSpec = SandboxSpec()
    """What code and tools may reach and use."""
    variables: dict[str, str] = {}
    """Placeholders of the prompts with their default values."""
    example_tasks: list[str] = []

    @field_validator("agents")
    @classmethod
    def _enough_take_part(cls, agents: list[AgentSpec]) -> list[AgentSpec]:
        check_switched_on(agents)
        return agents

    @model_validator(mode="after")
    def _references_resolve(self) -> Self:
        check_references(self)
        check_tree(self)
        return self

    @property
    def tree(self) -> "Iterator[TeamSpec]":
        """The team, and those that are members of it or of its teams, as far as they are written out."""
        yield self
        for agent in self.agents:
            if agent.own_team is not None:
                yield from agent.own_team.tree

    def agent(self, name: str) -> AgentSpec:
        """The agent of that name; KeyError when there is none."""
        return {agent.name: agent for agent in self.agents}[name]

    @property
    def task_giver(self) -> str:
        """Name of the agent whose message the task is."""
        proxies = [agent.name for agent in self.agents if agent.role in ("human", "executor")]
        return self.initiator or [*proxies, self.agents[0].name][0]

    def followers(self, name: str) -> list[str]:
        """Names of those who may speak after `name`, in the order of the list or of the transitions."""
        if len(self.agents) == 2:
            return [agent.name for agent in self.agents if agent.name != name]
        graph = self.selection.transitions
        names = [agent.name for agent in self.agents] if graph is None else graph.get(name, [])
        return [other for other in names if self.selection.allow_repeat or other != name]

    def connection_of(self, caller: AgentSpec | SelectionSpec) -> tuple[str, str]:
        """(connection, model) that answer an agent, or the speaker selection; model "" means the connection's own."""
        model = caller.model or ("" if caller.connection else self.model)
        return caller.connection or self.connection, model

    def connection_of_selector(self) -> tuple[str, str]:
        """(connection, model) of the speaker selection calls."""
        return self.connection_of(self.selection)

    def connection_of_summary(self) -> tuple[str, str]:
        """(connection, model) of the calls that sum up the oldest messages."""
        model = self.context.model or ("" if self.context.connection else self.model)
        return self.context.connection or self.connection, model

    def connection_of_result(self) -> tuple[str, str]:
        """(connection, model) of the call that sums up a chat that has ended."""
        model = self.summary.model or ("" if self.summary.connection else self.model)
        return self.summary.connection or self.connection, model

    def filled(self, variables: dict[str, str]) -> "TeamSpec":
        """A copy whose prompts and reminders have their placeholders filled, `variables` going before the team's own.

        Only names in `variables` or in the team's are replaced; other braces stay as they are. SpecError, before
        anything is filled, for a text that would become longer than it may be.
        """
        values = {**self.variables, **variables}
        problems = []
        for position, agent in enumerate(self.agents, start=1):
            for name, text in agent.filled_texts.items():
                n_chars = filled_length(text, values)
                if n_chars > FILLED[name]:
                    why = f"With its placeholders filled it has {n_chars:,} characters"
                    problems.append((f"agents.{position}.{name}", f"{why}; at most {FILLED[name]:,} are allowed."))
        if problems:
            raise SpecError("The team", problems)

        agents = [agent.model_copy(update=_filled(agent, values, variables)) for agent in self.agents]
        return self.model_copy(update={"agents": agents, "variables": values})


def _filled(agent: AgentSpec, values: dict[str, str], variables: dict[str, str]) -> dict[str, Any]:
    """Return the agent's fields as they are filled; a team's with its own defaults, where nothing goes before them."""
    filled: dict[str, Any] = {name: fill(text, values) for name, text in agent.filled_texts.items()}
    if agent.own_team is not None:
        filled["team"] = agent.own_team.filled(variables)
    return filled


def _kind_of_team(value: Any) -> str | None:
    if isinstance(value, str):
        return NAMED_TEAM
    return OWN_TEAM if isinstance(value, dict | BaseModel) else None


MemberTeam = Annotated[
    Annotated[str, Field(min_length=1, max_length=200), Tag(NAMED_TEAM)] | Annotated[TeamSpec, Tag(OWN_TEAM)],
    Discriminator(
        _kind_of_team,
        custom_error_type="no_team",
        custom_error_message="Write a team here, or the name of one",
    ),
]
AgentSpec.model_rebuild()
TeamSpec.model_rebuild()


def team_from_dict(value: dict[str, Any], subject: str = "The team") -> TeamSpec:
    """`value`, which a person wrote, as a team; SpecError names every field to correct."""
    check_limits(value, subject)
    return read_spec(TeamSpec, value, subject)


def pinned_team(value: dict[str, Any]) -> TeamSpec:
    """The team that a chat pinned when it started, as `value`."""
    return read_spec(TeamSpec, value, "The team of the chat")


def load_team(text: str, subject: str = "The team") -> TeamSpec:
    """The team written in `text` (YAML or JSON); SpecError names every field to correct."""
    return team_from_dict(parse_text(text, subject), subject)


def dump_team(team: TeamSpec, format: Format = "yaml") -> str:
    """`team` as text that `load_team` reads back equal; defaults are left out, the schema version is not."""
    return dump_text({"schema_version": team.schema_version, **team.model_dump(exclude_defaults=True)}, format)
