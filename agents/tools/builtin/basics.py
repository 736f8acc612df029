"""The tools that every studio has. Each may run twice: what they change, they change to the same again."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agents.tools.builtin.ask_person import ask_person
from agents.tools.builtin.files import list_files, read_file, sql, write_file, write_report
from agents.tools.builtin.hand_to import hand_to
from agents.tools.builtin.search import search_files
from agents.tools.builtin.web_page import http_get
from agents.tools.function import idempotent


@idempotent
def now(timezone: str = "UTC") -> str:
    """The current date and time. `timezone` is an IANA name such as Europe/Berlin."""
    try:
        zone = UTC if timezone.upper() == "UTC" else ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {timezone[:60]!r}; use an IANA name such as Europe/Berlin") from error
    return datetime.now(zone).isoformat(timespec="seconds")


@idempotent
def calculate(expression: str) -> float | int | bool:
    """The value of an arithmetic expression, such as (2 + 3) * 4 ** 2 or sqrt(2). Knows + - * / // % **, comparisons,
    abs, round, min, max, sqrt, sin, cos, tan, log, log10, exp, floor, ceil, pi and e."""
    import math

    from simpleeval import SimpleEval

    if len(expression) > 1_000:
        raise ValueError(f"the expression has {len(expression):,} characters; at most 1,000 are allowed")
    names = ("sqrt", "sin", "cos", "tan", "log", "log10", "exp", "floor", "ceil")
    functions = {name: getattr(math, name) for name in names} | {"abs": abs, "round": round, "min": min, "max": max}
    value = SimpleEval(functions=functions, names={"pi": math.pi, "e": math.e}).eval(expression)
    if not isinstance(value, int | float):
        raise ValueError("the expression is not arithmetic")
    return value


BUILT_IN = (
    now,
    calculate,
    http_get,
    list_files,
    read_file,
    search_files,
    write_file,
    sql,
    write_report,
    ask_person,
    hand_to,
)
