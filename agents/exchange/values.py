"""What reading a text from elsewhere gives: the teams that it describes, and what of it was not carried.

Values only. Made by the readers of this package, shown by pages and the command line.
"""

from dataclasses import dataclass, field

from agents.specs import TeamSpec


@dataclass(frozen=True)
class Note:
    """One thing that a team does not have as the text has it, in plain words."""

    place: str
    """Where it stands in the text, such as "line 12" or "cell 3, line 4"; "" where it is about all of it."""
    text: str

    def __str__(self) -> str:
        return f"{self.place[:1].upper()}{self.place[1:]}: {self.text}" if self.place else self.text


@dataclass(frozen=True)
class ToolSource:
    """The Python code of a tool that a script brings; it has not run."""

    name: str
    place: str
    source: str
    """A whole plugin file: what the tool imports and uses, and the function."""


@dataclass(frozen=True)
class ProposedTeam:
    """A team that a text describes; nothing is saved."""

    spec: TeamSpec
    notes: tuple[Note, ...] = ()
    tools: tuple[ToolSource, ...] = ()

    @property
    def task(self) -> str:
        """What the text gives the team to do; "" when it says nothing."""
        return self.spec.example_tasks[0] if self.spec.example_tasks else ""


@dataclass(frozen=True)
class Reading:
    """All that was read in a text."""

    kind: str
    """What the text is, as people call it: "an AutoGen script"."""
    teams: tuple[ProposedTeam, ...]
    """One at least, in the order of the text."""
    notes: tuple[Note, ...] = field(default=())
    """What was not carried and belongs to no team alone."""
