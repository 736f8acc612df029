"""Widgets of the Settings page: an address that is told, and the form of a new one."""
