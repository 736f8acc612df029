"""Telling people who are away: mail, chat services, webhooks, through `apprise`.

`message` writes a notice, `apprise_service` hands it to a service, `outbox_sender` empties the outbox. Nothing here
ever stops a chat: what cannot be told is tried again, and shown.
"""

from agents.notifications.outbox_sender import Sender

__all__ = ["Sender"]
