"""The agent classes of AutoGen 0.2 and AG2: what each is here, the order of its arguments, what is not carried.

Values and look-ups only.
"""

from dataclasses import dataclass
from typing import Any, Literal

from agents.exchange.script_values import Made

Base = Literal["assistant", "proxy", "conversable"]

_ORDERS: dict[Base, tuple[str, ...]] = {
    "assistant": (
        "name", "system_message", "llm_config", "is_termination_msg", "max_consecutive_auto_reply", "human_input_mode",
        "description",
    ),
    "proxy": (
        "name", "is_termination_msg", "max_consecutive_auto_reply", "human_input_mode", "function_map",
        "code_execution_config", "default_auto_reply", "llm_config", "system_message", "description",
    ),
    "conversable": (
        "name", "system_message", "is_termination_msg", "max_consecutive_auto_reply", "human_input_mode",
        "function_map", "code_execution_config", "llm_config", "default_auto_reply", "description",
    ),
}  # fmt: skip

HUMAN_MODES: dict[Base, str] = {"assistant": "NEVER", "proxy": "ALWAYS", "conversable": "TERMINATE"}
"""AutoGen's own, where a script says nothing."""


@dataclass(frozen=True)
class AgentClass:
    """One class."""

    base: Base
    lost: str = ""
    """What of it is not carried, as a sentence."""
    mode: str = ""
    """Its own human input mode, where it has one."""
    prompt: str = ""
    """Its own prompt, where a script says nothing; that of the base when empty."""


_RETRIEVAL = (
    "Its search in documents, and its own check for the end, are not carried. Give an agent the tool “search_files” "
    "and attach the documents."
)
_PICTURES = "How it handles pictures is not carried; models that see are shown attached pictures by themselves."
_MATH = "Its own mathematics prompt, queries and check for the end are not carried."
_BROWSER = "Its browser and its own prompt are not carried. The tool “http_get” reads web pages."
_HOSTED = "It is an assistant at OpenAI. Its prompt is carried; what is kept there, such as files and threads, is not."

CLASSES: dict[str, AgentClass] = {
    "AssistantAgent": AgentClass("assistant"),
    "UserProxyAgent": AgentClass("proxy"),
    "ConversableAgent": AgentClass("conversable"),
    "GPTAssistantAgent": AgentClass("assistant", _HOSTED),
    "MultimodalConversableAgent": AgentClass("assistant", _PICTURES, "TERMINATE", "You are a helpful AI assistant."),
    "LLaVAAgent": AgentClass("assistant", _PICTURES, "TERMINATE", "You are an AI agent and you can view images."),
    "RetrieveAssistantAgent": AgentClass("assistant"),
    "RetrieveUserProxyAgent": AgentClass("proxy", _RETRIEVAL),
    "QdrantRetrieveUserProxyAgent": AgentClass("proxy", _RETRIEVAL),
    "MathUserProxyAgent": AgentClass("proxy", _MATH, "NEVER"),
    "TeachableAgent": AgentClass("assistant", "What it learns from chat to chat is not carried."),
    "CompressibleAgent": AgentClass("assistant", "How it shortens long chats is not carried; see “Long chats”."),
    "SocietyOfMindAgent": AgentClass("assistant"),
    "LLMAgent": AgentClass("assistant"),
    "WebSurferAgent": AgentClass(
        "assistant", _BROWSER, "TERMINATE", "You are a helpful AI assistant who reads web pages."
    ),
    "LLamaIndexConversableAgent": AgentClass("assistant", "Its LlamaIndex engine is not carried."),
    "CaptainAgent": AgentClass("assistant", "The teams that it builds by itself are not carried."),
    "SwarmAgent": AgentClass("conversable"),
}

GROUPS = ("GroupChat", "CustomGroupChat")
MANAGERS = ("GroupChatManager",)
PATTERNS: dict[str, str] = {
    "AutoPattern": "auto", "RoundRobinPattern": "round_robin", "RandomPattern": "random", "ManualPattern": "manual",
    "DefaultPattern": "auto",
}  # fmt: skip
"""AG2's, with how the next speaker is chosen."""
SETTINGS = ("LLMConfig",)
"""Classes that hold settings of models."""


def agent_class(value: Any) -> AgentClass | None:
    """Return the class of an agent that a script makes; None for anything else."""
    if not isinstance(value, Made) or value.owner is not None or value.name.endswith("__call__"):
        return None
    found = CLASSES.get(value.name)
    if found is None and value.name.endswith("Agent") and value.name[:1].isupper() and _has_name(value):
        base: Base = "proxy" if "UserProxy" in value.name else "conversable"
        return AgentClass(base, f"{value.name} is not known here; only its name, prompt and settings are carried.")
    return found


def _has_name(value: Made) -> bool:
    return isinstance(value.value("name", 0), str)


def given(made: Made, name: str, base: Base, default: Any = None) -> Any:
    """Return what a script gives an agent as `name`; the default when it gives nothing."""
    order = _ORDERS[base]
    return made.value(name, order.index(name) if name in order else -1, default)


def is_made(value: Any, names: tuple[str, ...]) -> bool:
    """Whether a script makes an object of one of these classes."""
    return isinstance(value, Made) and value.name in names


def argument(made: Made, name: str, position: int, default: Any = None) -> Any:
    """Return one argument of a call."""
    return made.value(name, position, default)
