"""The team editor, part by part. `pages/teams.py` puts them on the screen."""
