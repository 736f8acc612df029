"""`serve`: open the studio in the browser, with the settings of its `.streamlit` folder, in this process.

Starts Streamlit as `streamlit run app.py` would, and imports nothing of it before. Called by `agents.__main__`.
"""

import errno
import os
import runpy
import socket
import sys
from argparse import Namespace
from pathlib import Path

from agents.cli.arguments import ENDED, HOST
from agents.errors import StudioError, UsageError
from agents.settings import Settings
from agents.version import IS_INSTALLED, NAME, __version__

PACKAGE_FOLDER = Path(__file__).parents[1]
APP = PACKAGE_FOLDER / "streamlit_app" / "app.py" if IS_INSTALLED else PACKAGE_FOLDER.parent / "app.py"
EVERYWHERE = ("0.0.0.0", "::", "")
"""Hosts that mean every address of this machine; none that people open."""


def serve(args: Namespace, settings: Settings) -> int:
    """Serve pages and live feed until the process is told to end; StudioError when it cannot listen there."""
    _try_to_listen(args.host, args.port)
    host = "127.0.0.1" if args.host in EVERYWHERE else args.host
    url = f"http://{f'[{host}]' if ':' in host else host}:{args.port}{args.base_path}"
    os.environ["STUDIO_HOME"] = str(settings.home)
    os.environ.setdefault("STUDIO_URL", url)
    print(f"{NAME} {__version__} opens at {url} (Ctrl+C ends it; chats are kept).", file=sys.stderr)
    print(f"Its folder is {settings.home} ({settings.home_reason}).", file=sys.stderr, flush=True)
    options = {"server.address": args.host, "server.port": str(args.port), "logger.hideWelcomeMessage": "true"}
    if args.base_path:
        options["server.baseUrlPath"] = args.base_path
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    sys.argv = ["streamlit", "run", str(APP), *flags]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    return ENDED


def _try_to_listen(host: str, port: int) -> None:
    """Listen there for a moment, so that people are told in our words why it cannot be done."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StudioError(
                f"Port {port} is taken: another program, or a studio that is open already, listens there. End it, or "
                "choose another port with --port."
            ) from None
        if error.errno == errno.EACCES:
            raise StudioError(f"You may not listen at port {port}. Choose one from 1024 up with --port.") from None
        raise UsageError(f"--host is {host!r}, which is no address of this machine. Try {HOST}, or 0.0.0.0.") from None
