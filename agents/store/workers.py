"""Who is alive: heartbeats of worker processes, and leases for what only one of them should do at a time.

Times are the database's on PostgreSQL, so that machines with different clocks agree.
"""

from datetime import datetime

import sqlalchemy as sa

from agents.store.database import Reader, connected, insert, now, upsert, writing
from agents.store.schema import leases, workers


class Workers(Reader):
    """Heartbeats by worker id, which is unique for each process."""

    def beat(self, worker: str, host: str, pid: int, started_at: datetime) -> None:
        """Record that `worker` is alive now."""
        with writing(self.db) as connection:
            first = {"worker": worker, "host": host, "pid": pid, "started_at": started_at}
            upsert(connection, workers, {"beat_at": now(connection)}, **first)

    def live(self, ttl_s: float = 4.0) -> set[str]:
        """Return the workers that beat within the last `ttl_s` seconds. A beat from the future, written before the
        clock was set back, does not count; a living worker beats again."""
        with connected(self.db) as connection:
            is_fresh = workers.c.beat_at.between(now(connection, -ttl_s), now(connection, ttl_s))
            return set(connection.scalars(sa.select(workers.c.worker).where(is_fresh)))

    def forget(self, worker: str) -> None:
        """Delete the worker's heartbeat and its leases."""
        with writing(self.db) as connection:
            connection.execute(sa.delete(workers).where(workers.c.worker == worker))
            connection.execute(sa.delete(leases).where(leases.c.worker == worker))

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
