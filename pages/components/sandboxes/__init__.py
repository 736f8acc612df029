"""The card on where code runs, and with what Python."""
