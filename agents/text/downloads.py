"""How a download reads, for pages and command line alike."""

from typing import Protocol

from agents.text.numbers import count_text, size_text


class Download(Protocol):
    """What is read of one; `agents.models.weights.Progress` is it."""

    @property
    def n_bytes(self) -> int: ...

    @property
    def n_total(self) -> int: ...

    @property
    def bytes_per_s(self) -> float: ...

    @property
    def doing(self) -> str: ...

    @property
    def error(self) -> str: ...

    @property
    def share(self) -> float: ...

    @property
    def remaining_s(self) -> float | None: ...


def download_text(download: Download) -> str:
    """Return how far it is: "340 MB of 1.1 GB · 12 MB a second · about 2 minutes left"."""
    if download.doing == "checking":
        return f"Checking {size_text(download.n_total)}: {download.share:.0%}"
    parts = [f"{size_text(download.n_bytes)} of {size_text(download.n_total)}"]
    if download.remaining_s is not None:
        parts += [f"{size_text(round(download.bytes_per_s))} a second", _left_text(download.remaining_s)]
    return " · ".join(parts)


def model_state(is_here: bool, download: Download) -> str:
    """Return where a model's file is, in a word or two."""
    if is_here:
        return "here"
    if download.doing:
        return f"{download.share:.0%} fetched"
    if download.error:
        return "the last fetch failed"
    return f"{download.share:.0%} fetched, then cut" if download.n_bytes else "not fetched"


def _left_text(seconds: float) -> str:
    if seconds < 60:
        return "less than a minute left"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {count_text(minutes, 'minute')} left"
    return f"about {round(minutes / 60)} hours left"
