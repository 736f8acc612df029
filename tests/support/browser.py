"""Debian's Chromium as the tests start it, and where pictures of what failed are kept."""

from pathlib import Path

from tests.support.studio_process import ROOT

ARTIFACTS = ROOT / "tests" / ".artifacts"
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
