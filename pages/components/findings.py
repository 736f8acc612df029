"""What is wrong or weak about something being written, shown next to the field it is about.

Built once a rerun; the bound widgets ask for what belongs to their path.
"""

from dataclasses import dataclass

import streamlit as st

from pages.components.errors import plain


@dataclass(frozen=True)
class Finding:
    """One line beneath a field."""

    path: str
    text: str
    is_problem: bool
    """True: it keeps the whole from being saved. False: it can be saved, and is likely to disappoint."""


@dataclass(frozen=True)
class Findings:
    """All of them, problems first."""

    all: tuple[Finding, ...] = ()

    @property
    def problems(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.all if finding.is_problem)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.all if not finding.is_problem)

    def under(self, path: str) -> tuple[Finding, ...]:
        """Those of the field and of everything within it."""
        return tuple(found for found in self.all if found.path == path or found.path.startswith(path + "."))

    def show(self, path: str) -> None:
        """Draws the lines of exactly this field and of what is within it."""
        for finding in self.under(path):
            line(finding)

    def show_only(self, path: str) -> None:
        """Draws the lines of exactly this path."""
        for finding in self.all:
            if finding.path == path:
                line(finding)


def line(finding: Finding) -> None:
    """One finding as a small coloured line."""
    color, icon = ("red", "error") if finding.is_problem else ("orange", "warning")
    st.markdown(f":small[:{color}[:material/{icon}: {plain(finding.text)}]]")
