"""The model calls under way at connections that limit them, counted across all processes.

A call takes a slot before it is made, keeps it while it goes on, and gives it back; the slot of a process that died is
free once it expires. Called by the model client of every process.
"""

import sqlalchemy as sa

from agents.store.database import Reader, insert, is_sqlite, now, writing
from agents.store.schema import call_slots

MINUTE_S = 60


class CallSlots(Reader):
    """Slots by connection. Every write is one transaction."""

    def take(self, connection: str, slot: str, *, at_once: int | None, a_minute: int | None, ttl_s: float) -> bool:
        """Take `slot`, a name of the caller's that no other call has, for `ttl_s` seconds, unless `at_once` calls are
        under way, or `a_minute` were begun within the last minute; None is no limit. Return whether it was taken."""
        with writing(self.db) as db:
            if not is_sqlite(db):  # two processes that count at once would both find the last one free
                db.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"calls:{connection}"))))
            its = call_slots.c.connection == connection
            began_lately = call_slots.c.began_at > now(db, -MINUTE_S)
            is_open = call_slots.c.expires_at > now(db)
            db.execute(sa.delete(call_slots).where(its, sa.not_(began_lately), sa.not_(is_open)))
            counted = sa.select(
                sa.func.count().filter(is_open).label("n_open"), sa.func.count().filter(began_lately).label("n_begun")
            )
            n = db.execute(counted.where(its)).one()
            if (at_once is not None and n.n_open >= at_once) or (a_minute is not None and n.n_begun >= a_minute):
                return False
            values = {"began_at": now(db), "expires_at": now(db, ttl_s)}
            db.execute(insert(db, call_slots).values(connection=connection, slot=slot, **values))
            return True

    def keep(self, slot: str, *, ttl_s: float) -> None:
        """Hold the slot for another `ttl_s` seconds."""
        self._expire(slot, ttl_s)

    def give_back(self, slot: str) -> None:
        """Let another call begin; the call still counts for the minute."""
        self._expire(slot, 0)

    def _expire(self, slot: str, in_s: float) -> None:
        with writing(self.db) as db:
            at = now(db, in_s)
            db.execute(sa.update(call_slots).where(call_slots.c.slot == slot).values(expires_at=at))
