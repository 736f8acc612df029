"""Widgets of the Settings page: an MCP server, and the form in which it is written."""
