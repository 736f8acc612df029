"""`serve`: open the studio in the browser, with the settings of its `.streamlit` folder, in this process.

Starts Streamlit as `streamlit run app.py` would, and imports nothing of it before. Called by `agents.__main__`.
"""

import os
import runpy
import sys
from argparse import Namespace
from pathlib import Path

from agents.cli.arguments import ENDED
from agents.settings import Settings
from agents.version import IS_INSTALLED, NAME, __version__

PACKAGE_FOLDER = Path(__file__).parents[1]
APP = PACKAGE_FOLDER / "streamlit_app" / "app.py" if IS_INSTALLED else PACKAGE_FOLDER.parent / "app.py"
EVERYWHERE = ("0.0.0.0", "::", "")
"""Hosts that mean every address of this machine; none that people open."""


def serve(args: Namespace, settings: Settings) -> int:
    """Serve pages and live feed until the process is told to end."""
    host = "127.0.0.1" if args.host in EVERYWHERE else args.host
    url = f"http://{f'[{host}]' if ':' in host else host}:{args.port}"
    os.environ.setdefault("STUDIO_URL", url)
    print(f"{NAME} {__version__} opens at {url} (Ctrl+C ends it; chats are kept).", file=sys.stderr)
    print(f"Its folder is {settings.home} ({settings.home_reason}).", file=sys.stderr, flush=True)
    options = {"server.address": args.host, "server.port": str(args.port), "logger.hideWelcomeMessage": "true"}
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    sys.argv = ["streamlit", "run", str(APP), *flags]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    return ENDED
