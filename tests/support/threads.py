"""Several things at the same moment."""

import threading
from collections.abc import Callable


def at_once(*jobs: Callable[[], None]) -> None:
    """Runs the jobs on threads that start together; what one raises fails the test."""
    together, failures = threading.Barrier(len(jobs)), []

    def run(job: Callable[[], None]) -> None:
        try:
            together.wait()
            job()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
