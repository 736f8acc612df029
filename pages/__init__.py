"""The screens, one file each, and the widgets they share. They call the services of `agents.studio`, nothing below."""

from pathlib import Path

MAIN = Path(__file__).with_name("main.py")
"""The script that Streamlit runs for every page."""
