"""Work taken in and out of the studio: one small module for each format.

`chat_*` writes a chat out. Pure functions over values; no store and no screen. Called by `agents.studio`.
"""
