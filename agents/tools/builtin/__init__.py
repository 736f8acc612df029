"""The tools that every studio has."""
