"""One agent of an AutoGen script as a member of a team: its role, texts, modes, tools; and what is not carried.

The roles follow pyautogen 0.9.0: whose `code_execution_config` is not False runs code; whose `llm_config` is given has
a model; who has neither stands for a person.
"""

from dataclasses import dataclass, field
from typing import Any

from agents.exchange.autogen_classes import HUMAN_MODES, AgentClass, agent_class, given
from agents.exchange.autogen_defaults import (
    ASSISTANT_DESCRIPTION,
    ASSISTANT_PROMPT,
    CONVERSABLE_PROMPT,
    PROXY_DESCRIPTIONS,
)
from agents.exchange.autogen_models import ModelSettings, is_given, model_settings
from agents.exchange.autogen_tools import Tool, Tools
from agents.exchange.script_values import Made, Partial
from agents.exchange.values import Note
from agents.plain_text import one_line, quotable, valid, without_keys
from agents.specs.team_validation import free_name

MAX_DESCRIPTION_CHARS = 4_000
MAX_AUTO_REPLY_CHARS = 4_000
_READ = {
    "name", "system_message", "llm_config", "is_termination_msg", "max_consecutive_auto_reply", "human_input_mode",
    "function_map", "code_execution_config", "default_auto_reply", "description", "instructions", "chat_manager",
    "functions", "tools", "silent", "assistant_config",
}  # fmt: skip
"""What is read of an agent's arguments; the rest is named."""
_CODE_LOST = ("work_dir", "use_docker", "last_n_messages", "executor")


@dataclass
class TeamNotes:
    """What is found while a team is put together."""

    notes: list[Note] = field(default_factory=list)
    settings: list[ModelSettings] = field(default_factory=list)
    tools: list[Tool] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    """Placeholders for what is only known once a script runs."""
    code_timeout_s: float | None = None

    def add(self, place: str, text: str) -> None:
        """Add a note, once."""
        note = Note(place, without_keys(text))
        if all(note.text != other.text for other in self.notes):
            self.notes.append(note)

    def text(self, value: Any, place: str, what: str) -> str | None:
        """Return a text of the script; None, and a note, for what is none."""
        if value is None:
            return None
        if not isinstance(value, str):
            self.add(place, f"{what} is only known once the script runs, and was left empty.")
            return ""
        if isinstance(value, Partial):
            names = ", ".join(f"{{{name}}}" for name in value.missing[:5])
            self.add(place, f"{what} has parts that are only known once the script runs: {names}. Fill them at Start.")
            self.variables |= dict.fromkeys(value.missing, "")
        return valid(str(value))


def label(agent: Made) -> str:
    """Return what the script calls an agent."""
    name = agent.value("name", 0)
    return one_line(name, 60) if isinstance(name, str) and name.strip() else agent.name


def member(agent: Made, taken: list[str], notes: TeamNotes, tools: Tools, *, in_group: bool) -> dict[str, Any]:
    """Return the fields of the agent as a member of a team in which these names are taken."""
    known = agent_class(agent) or AgentClass("conversable")
    name = free_name(label(agent), taken)
    fields: dict[str, Any] = {"name": name}
    if name != label(agent):
        fields["display_name"] = label(agent)
        if label(agent) in taken:
            notes.add(agent.place, f"Two agents are called {quotable(label(agent), 60)}; this one is {name} here.")
    if agent.own_class:
        notes.add(
            agent.place, f"{label(agent)} is of the script's own class {agent.own_class}, whose code is not carried."
        )
    if known.lost:
        notes.add(agent.place, f"{label(agent)}: {known.lost}")
    reader = _Member(agent, known, notes, fields)
    reader.read(tools.of(agent), tools, in_group=in_group)
    return fields


class _Member:
    """Reads one agent into its fields."""

    def __init__(self, agent: Made, known: AgentClass, notes: TeamNotes, fields: dict[str, Any]):
        self.agent, self.known, self.notes, self.fields = agent, known, notes, fields
        self.name = label(agent)

    def given(self, name: str, default: Any = None) -> Any:
        return given(self.agent, name, self.known.base, default)

    def read(self, tools: list[Tool], registered: Tools, *, in_group: bool) -> None:
        code = self._runs_code()
        has_model, settings = self._model()
        mode = self._mode()
        role = "assistant" if has_model else "executor" if code else "human"
        self.fields["role"] = role
        default = "ALWAYS" if role == "human" else "NEVER"
        if mode != default or (self.known.base == "proxy" and role == "executor"):
            self.fields["human_input_mode"] = mode
        if code and has_model:
            text = f"{self.name} has a model and runs code. Here it only speaks; add a “Code executor” to run its code."
            self._note(text)
        self._texts(has_model, mode, in_group=in_group)
        self._replies()
        if has_model:
            self.notes.settings.append(settings)
            self.fields |= {"temperature": settings.temperature} if settings.temperature is not None else {}
            self.fields |= {"parameters": settings.parameters} if settings.parameters else {}
        self._tools(tools, settings, registered, has_model=has_model)
        self._rest(settings)

    def _note(self, text: str) -> None:
        self.notes.add(self.agent.place, text)

    def _runs_code(self) -> bool:
        code = self.given("code_execution_config", {} if self.known.base == "proxy" else False)
        if code is False:
            return False
        lost = [name for name in _CODE_LOST if isinstance(code, dict) and name in code]
        if isinstance(code, dict):
            timeout = code.get("timeout")
            executor = code.get("executor")
            if isinstance(executor, Made):
                timeout = executor.value("timeout", -1, timeout)
            if isinstance(timeout, int | float) and 0 < timeout <= 3_600:
                self.notes.code_timeout_s = float(timeout)
        what = f" (not carried: {', '.join(lost)})" if lost else ""
        self._note(
            f"Code that {self.name} runs waits for your approval, and runs in the studio's sandbox{what}. A rule under "
            "“Policies” can let it run by itself."
        )
        return True

    def _model(self) -> tuple[bool, ModelSettings]:
        config = self.given("llm_config")
        around = [each for each in self.agent.context if isinstance(each, Made) and "LLMConfig" in each.path]
        if config is None and around:
            config = around[-1]
        if self.known.base == "proxy":
            has_model = is_given(config)
        elif self.known.base == "assistant":
            has_model = config is not False
        else:
            has_prompt = isinstance(self.given("system_message"), str) and not self.given("code_execution_config")
            has_model = is_given(config) or (config is None and has_prompt)
        if has_model and config is None:
            self._note(f"The script gives {self.name} no settings of a model; here a model speaks for it.")
        return has_model, model_settings(config)

    def _mode(self) -> str:
        usual = self.known.mode or HUMAN_MODES[self.known.base]
        mode = self.given("human_input_mode", usual)
        if mode in ("ALWAYS", "NEVER", "TERMINATE"):
            return str(mode)
        self._note(f"When a person is asked in place of {self.name} is only known once the script runs; {usual} here.")
        return usual

    def _texts(self, has_model: bool, mode: str, *, in_group: bool) -> None:
        prompt = self.given("instructions", self.given("system_message"))
        if isinstance(prompt, list):
            prompt = "\n".join(each for each in prompt if isinstance(each, str))
        description = self.given("description")
        told = self.notes.text(prompt, self.agent.place, f"The prompt of {self.name}")
        if told is None and has_model:
            is_assistant = self.known.base == "assistant"
            told = self.known.prompt or (ASSISTANT_PROMPT if is_assistant else CONVERSABLE_PROMPT)
            self._note(f"{self.name} has no prompt in the script; it has AutoGen's own.")
            description = ASSISTANT_DESCRIPTION if description is None and told == ASSISTANT_PROMPT else description
        if description is None and self.known.base == "proxy" and in_group:
            description = PROXY_DESCRIPTIONS[mode]
        self.fields["prompt"] = told or ""
        about = self.notes.text(description, self.agent.place, f"The description of {self.name}") or ""
        if len(about) > MAX_DESCRIPTION_CHARS:
            about = about[:MAX_DESCRIPTION_CHARS]
            self._note(f"The description of {self.name} is cut after {MAX_DESCRIPTION_CHARS:,} characters.")
        self.fields["description"] = about

    def _replies(self) -> None:
        most = self.given("max_consecutive_auto_reply")
        if isinstance(most, int) and not isinstance(most, bool) and 0 <= most <= 1_000:
            self.fields["max_consecutive_auto_reply"] = most
        elif most is not None:
            self._note(f"How often {self.name} may reply in a row is not carried; see “Limits”.")
        reply = self.given("default_auto_reply")
        if isinstance(reply, dict):
            reply = reply.get("content")
        text = self.notes.text(reply, self.agent.place, f"The automatic reply of {self.name}") or ""
        self.fields["auto_reply"] = text[:MAX_AUTO_REPLY_CHARS]

    def _tools(self, tools: list[Tool], settings: ModelSettings, registered: Tools, *, has_model: bool) -> None:
        named = {tool.name: tool for tool in tools}
        for name in settings.tools:
            named.setdefault(name, Tool(free_name(name, ()), "", self.agent.place, registered.mapped.get(name)))
        if has_model and named:
            self.fields["tools"] = [tool.name for tool in named.values()]
            self.notes.tools += named.values()
        if settings.n_unknown_tools:
            self._note(f"Tools of {self.name} whose names are only known once the script runs are not carried.")
        if named and not has_model:
            self._note(f"{self.name} has no model, so its tools ({', '.join(named)}) are not carried.")

    def _rest(self, settings: ModelSettings) -> None:
        if settings.lost:
            names = ", ".join(quotable(name, 40) for name in settings.lost[:8])
            self._note(f"Settings of the model that are not carried: {names}.")
        lost = [name for name in self.agent.kwargs if name not in _READ]
        if lost:
            self._note(f"Not carried of {self.name}: {', '.join(quotable(name, 40) for name in lost[:8])}.")
        if self.agent.kwargs.get("assistant_config"):
            self._note(f"The files and tools that {self.name} has at OpenAI are not carried.")
