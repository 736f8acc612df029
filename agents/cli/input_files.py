"""Files that a person names on the command line, '-' being standard input; what cannot be read is one clear line.

Called by the commands that take a file.
"""

from agents.errors import SpecError, UsageError
from agents.specs.validation import MAX_FILE_CHARS


def subject(file: str) -> str:
    """How messages name a team's file."""
    return "The team from standard input" if file == "-" else f"The file {file!r}"


def read_team(file: str) -> str:
    """The text of a team file; SpecError when it is not there, too large, or no text."""
    try:
        return _read(file)
    except UnicodeDecodeError:
        raise SpecError(subject(file), [("", "It is not UTF-8 text. Save it as YAML or JSON in UTF-8.")]) from None
    except OSError as error:
        raise SpecError(subject(file), [("", f"It cannot be read: {error.strerror or error}.")]) from None
    except ValueError as error:
        raise SpecError(subject(file), [("", f"It cannot be read: {error}.")]) from None


def read_text(file: str, what: str) -> str:
    """The text in `file`; UsageError, naming `what`, when it is not there or no text."""
    try:
        return _read(file)
    except UnicodeDecodeError:
        raise UsageError(f"{what} in {file!r} is not UTF-8 text. Nothing was recorded.") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"{what} in {file!r} cannot be read: {why}. Nothing was recorded.") from None


def _read(file: str) -> str:
    with open(0 if file == "-" else file, "rb", closefd=file != "-") as stream:
        return stream.read(4 * MAX_FILE_CHARS + 1).decode("utf-8-sig")
