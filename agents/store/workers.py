"""Who is alive: locks and heartbeats of worker processes, and leases for what only one of them should do at a time.

A worker's lock says that its process lives (see `worker_locks`), its beats that it is not frozen. Workers of versions
before the locks are known by their beats alone. Times are the database's on PostgreSQL, so that machines with different
clocks agree.
"""

from datetime import datetime

import sqlalchemy as sa

from agents.store.database import Reader, connected, insert, now, upsert, writing
from agents.store.schema import leases, workers
from agents.store.worker_locks import LockState, WorkerLock, worker_locks

TTL_S = 4.0
"""A worker without a lock that has not beaten for this long is dead to the others."""
FROZEN_AFTER_S = 20.0
"""A worker that holds its lock and has not beaten for this long is frozen: its legs are taken over."""


class Workers(Reader):
    """Locks and heartbeats by worker id, which is unique for each process."""

    def __init__(self, db: sa.Engine):
        super().__init__(db)
        self._locks = worker_locks(db)

    def lock(self, worker: str) -> WorkerLock | None:
        """Take the lock by which others know that this process lives; its `mark` belongs into each beat. None where
        there are no locks to be had."""
        return self._locks.hold(worker)

    def locks(self) -> LockState:
        """Return whose locks are held now, and whose were freed by their end."""
        return self._locks.state()

    def beat(self, worker: str, host: str, pid: int, started_at: datetime, lock: str | None = None) -> None:
        """Record that `worker` is alive now, and its lock's mark."""
        with writing(self.db) as connection:
            first = {"worker": worker, "host": host, "pid": pid, "started_at": started_at}
            upsert(connection, workers, {"beat_at": now(connection), "lock": lock}, **first)

    def live(self, ttl_s: float = TTL_S, frozen_after_s: float = FROZEN_AFTER_S) -> set[str]:
        """Return the workers whose processes live and are not frozen: that beat within the last `frozen_after_s`
        seconds, those without a lock within `ttl_s`. A beat from the future, written before the clock was set back,
        does not count; a living worker beats again."""
        freed = self.locks().freed
        with connected(self.db) as connection:

            def has_beaten(within_s: float) -> sa.ColumnElement[bool]:
                return workers.c.beat_at.between(now(connection, -within_s), now(connection, within_s))

            is_fresh = sa.case((workers.c.lock.is_(None), has_beaten(ttl_s)), else_=has_beaten(frozen_after_s))
            return set(connection.scalars(sa.select(workers.c.worker).where(is_fresh))) - freed.keys()

    def not_dead(self) -> set[str]:
        """Return the workers of which no lock says that they are dead, however long ago they have beaten."""
        freed = self.locks().freed
        return set(self.read(sa.select(workers.c.worker)).scalars()) - freed.keys()

    def forget(self, worker: str, lock: str | None = None) -> None:
        """Delete the worker's heartbeat, its leases, and what is left of its lock; of one whose `lock` was freed only
        while it has taken no other."""
        with writing(self.db) as connection:
            is_it = [workers.c.worker == worker, *([workers.c.lock == lock] if lock else [])]
            if connection.execute(sa.delete(workers).where(*is_it)).rowcount or not lock:
                connection.execute(sa.delete(leases).where(leases.c.worker == worker))
        self._locks.forget(worker)

    def take_lease(self, name: str, worker: str, ttl_s: float) -> bool:
        """True: for the next `ttl_s` seconds `worker`, and nobody else, holds the lease. The holder renews it by
        taking it again. One that ends later than that was taken before the clock was set back, and is anybody's."""
        with writing(self.db) as connection:
            new = insert(connection, leases).values(name=name, worker=worker, expires_at=now(connection, ttl_s))
            take = new.on_conflict_do_update(
                index_elements=[leases.c.name],
                set_={"worker": new.excluded.worker, "expires_at": new.excluded.expires_at},
                where=sa.or_(
                    leases.c.worker == new.excluded.worker,
                    leases.c.expires_at <= now(connection),
                    leases.c.expires_at > now(connection, ttl_s),
                ),
            )
            return connection.execute(take.returning(leases.c.worker)).one_or_none() is not None
