"""Files that people try to import and that hold no team: what each is, and where in the studio it goes."""

from typing import Any


def what_it_is(value: Any) -> str:
    """Return what a value read from YAML or JSON is, as a sentence, and what to do with it; "" when it is not known."""
    if isinstance(value, dict):
        return _of_mapping(value)
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        if any("model" in each for each in value):
            return (
                "It is a list of models (OAI_CONFIG_LIST), with no team in it. Add each model under “Connections”, and "
                "its key there."
            )
        if all({"role", "content"} <= set(each) for each in value):
            return "It is a list of messages, with no team in it."
    return ""


def _of_mapping(value: dict[Any, Any]) -> str:
    if isinstance(value.get("mcpServers"), dict) or isinstance(value.get("servers"), dict):
        return "It is a list of MCP servers, with no team in it. Add them under “Connections”, “MCP servers”."
    if isinstance(value.get("config_list"), list):
        return "It holds settings of models (config_list), with no team in it. Add the models under “Connections”."
    if isinstance(value.get("steps"), list) and "task" in value:
        return "It is a rehearsal: lines for a team, with no team in it. Play it with “run TEAM --rehearsed FILE”."
    if isinstance(value.get("messages"), list):
        return "It is a conversation, with no team in it."
    return ""
