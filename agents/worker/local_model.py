"""Has the local model fetched by a worker, once it is needed and not before the first page is up.

A model that somebody waits for is fetched at once by the call itself; see `agents.models.client`.
"""

import logging
import threading
from collections.abc import Callable

from agents.models import LocalModels

AFTER_S = 5.0
"""The first page is shown by then; a machine has better things to do before."""
AGAIN_S = 60.0
"""After a failure, such as a machine without a network."""

log = logging.getLogger(__name__)


def keep_weights(models: LocalModels, is_wanted: Callable[[], bool], stopping: threading.Event) -> None:
    """Fetch the default model's file on a thread of its own while `is_wanted` says so, until it is there or `stopping`
    is set."""
    threading.Thread(target=_keep, args=(models, is_wanted, stopping), name="local-model", daemon=True).start()


def _keep(models: LocalModels, is_wanted: Callable[[], bool], stopping: threading.Event) -> None:
    pause_s = AFTER_S
    while not stopping.wait(pause_s):
        pause_s = AGAIN_S
        try:
            weights = models.weights()
            if models.is_off or models.folder.has(weights):
                return
            if is_wanted():
                models.begin_fetch(weights)
        except Exception as failure:  # noqa: BLE001  the database may be away; the next look may succeed
            log.warning("The local model is not fetched for now: %s", failure)
