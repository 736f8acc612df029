"""How what a model wrote is named in what it reads back."""


def plain(text: str) -> str:
    """`text` such that it can be read in a sentence: its first 300 characters, "?" for each that cannot be seen."""
    return "".join(char if char.isprintable() else "?" for char in text[:300])
