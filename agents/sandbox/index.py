"""What the package index says of a package: whether it is there, its newest version, and why one should look twice.

Stub of the first commit.
"""


def looked_up(package: str) -> tuple[str, list[str]]:
    """(newest version, doubts)."""
    return "", []
