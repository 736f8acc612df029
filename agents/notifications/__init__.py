"""Telling people who are away: mail, chat services, webhooks, through `apprise`.

`words` says what a notice says, `service` hands it to a service, `sender` empties the outbox, `notifying` has the verbs
of the Settings page. Nothing here ever stops a chat: what cannot be told is tried again, and shown.
"""

from agents.notifications.notifying import Notifying
from agents.notifications.outbox_sender import Sender

__all__ = ["Notifying", "Sender"]
