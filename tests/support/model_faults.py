"""What people read of each fault of the scripted server."""

import re

CAUSE_AND_CURE = {
    "400": ("does not support 0.7", "Choose another model for this chat"),
    "401": ("does not accept the key", "Save a valid one under Connections"),
    "403": ("is not allowed to use", "Choose another model, or a key with that right"),
    "404": ("has no model", "Choose one that it lists"),
    "404-path": ("page not found", "Most servers want"),
    "429": ("takes no more requests", "Press Retry later"),
    "quota": ("You exceeded your current quota", "add credit"),
    "500": ("The server had an error", "Press Retry"),
    "503": ("The engine is overloaded", "Press Retry"),
    "context": ("What was sent is too long", "Choose another model, one that reads more at once"),
    "timeout": ("gave no answer within 2 s", "Press Retry"),
    "hangup": ("closed the connection before it replied", "Press Retry"),
    "drop": ("in the middle of its reply", "Press Retry"),
    "truncated": ("a line that breaks off", "Press Retry"),
    "html": ("a web page", "Correct it under Connections"),
    "no-choices": ("without choices", "Press Retry"),
    "empty": ("replied with nothing", "Press Retry"),
    "null": ("replied with nothing", "Press Retry"),
    "content-filter": ("content filter", "word the task differently"),
    "stream-error": ("out of memory", "Press Retry"),
}
"""Fault -> what the text says of its cause, and of its cure."""
HARMLESS = ["slow", "no-usage", "no-stream-options"]
"""Oddities that the studio copes with."""
NOT_FOR_PEOPLE = re.compile(r"Traceback|Error\(|Exception|httpx|openai\.|File \"|sk-secret|!|oops", re.IGNORECASE)
