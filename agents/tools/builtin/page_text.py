"""A web page's HTML as text, a line for each block. Called by `http_get`.

Pages are hostile, and a parser written in C reads them (selectolax's Lexbor): it does so in a process of its own, which
has no environment and is ended when a page takes too long or too much memory.
"""

import subprocess
import sys
from pathlib import Path

from agents.errors import UsageError

SCRIPT = Path(__file__).with_name("scripts") / "html_text.py"
TIMEOUT_S = 10.0
"""The process allows itself two seconds of processor time."""


def text_of(page: str) -> str:
    """Return the text of the HTML `page`, without what browsers do not show; UsageError when it cannot be read."""
    command = [sys.executable, "-I", str(SCRIPT)]
    try:
        done = subprocess.run(
            command, input=page.encode("utf-8", "replace"), capture_output=True, timeout=TIMEOUT_S, env={}, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError("The page's HTML is too large or too deeply nested to be read as text.") from error
    return done.stdout.decode()
