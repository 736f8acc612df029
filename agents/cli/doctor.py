"""`doctor`: whether everything that chats need works here, one line each, and what to do where it does not.

Says it through the studio's verbs. Called by `agents.__main__`, before the studio is opened: that may be what fails.
"""

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Literal

from agents.cli.arguments import ENDED, FAILED
from agents.cli.output import print_json, visible
from agents.errors import StudioError
from agents.settings import Settings
from agents.specs import EMBEDDED, INSTALL_EMBEDDED
from agents.studio import Studio
from agents.text.downloads import model_state
from agents.text.numbers import count_text, size_text
from agents.version import COMMAND

Level = Literal["ok", "note", "failed"]
MARKS: dict[Level, str] = {"ok": "ok    ", "note": "note  ", "failed": "FAILED"}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    subject: str
    level: Level
    """failed: something that chats need does not work. note: good to know."""
    text: str
    notes: list[str] = field(default_factory=list)


def doctor(args: Namespace, settings: Settings) -> int:
    """Prints each check as it is done; FAILED when something needed does not work."""
    is_well = True
    for check in checks(settings):
        is_well = is_well and check.level != "failed"
        if args.json:
            print_json(asdict(check))
            continue
        print(f"{MARKS[check.level]}  {check.subject:<18}  {visible(check.text)}", flush=True)
        for note in check.notes:
            print(f"{'':28}{visible(note)}")
    return ENDED if is_well else FAILED


def checks(settings: Settings) -> Iterator[Check]:
    """Each thing that is looked at, in the order in which it is needed."""
    yield Check("folder", "ok", f"{settings.home} ({settings.home_reason}).")
    kind = settings.db_url.partition(":")[0].partition("+")[0]
    try:
        studio = Studio.open(settings)
    except StudioError as error:
        yield Check("database", "failed", str(error))
        return
    try:
        for subject, look in (
            ("database", partial(_database, kind=kind)),
            ("worker", _worker),
            ("models", _models),
            ("sandbox", _sandboxes),
            ("tools", _tools),
        ):
            try:
                yield from look(studio)
            except StudioError as error:
                yield Check(subject, "failed", str(error))
    finally:
        studio.close()


def _database(studio: Studio, kind: str) -> Iterator[Check]:
    if damage := studio.damage():
        keep = "Stop the studio, keep a copy of the database, and put a backup back"
        cure = f"{keep}, or save what can be read: sqlite3 studio.db .recover" if kind == "sqlite" else keep
        yield Check("database", "failed", f"{kind}: it is damaged, a part of it cannot be read. {cure}.", [damage])
        return
    where = "in that folder" if kind == "sqlite" else "at the server that STUDIO_DB names"
    yield Check("database", "ok", f"{kind}, {where}; it has the tables of this version, and all of it can be read.")


def _worker(studio: Studio) -> Iterator[Check]:
    n = studio.n_workers()
    if n:
        yield Check("worker", "ok", f"{count_text(n, 'worker')} running.")
    else:
        yield Check("worker", "note", f"None runs now. The app starts one; or: {COMMAND} worker")


def _models(studio: Studio) -> Iterator[Check]:
    default = studio.local.connections.default()
    yield _local_model(studio, is_needed=default == EMBEDDED)
    for problem in studio.local.connections.problems():
        yield Check("environment", "note", problem)
    for server in studio.local.connections.on_this_machine():
        models = ", ".join(server.models[:5]) or "no model yet"
        text = f"{server.provider.label} runs at {server.base_url} ({models}). Use it under Connections."
        yield Check("on this machine", "note", text)
    for row in studio.local.connections.rows():
        subject = f"model {row.spec.name!r}"[:18]
        if row.is_default and not studio.local.local_models.is_awaited():
            report = studio.local.connections.check(row.spec.name)
            yield Check(subject, "ok" if report.is_ok else "failed", f"{report.text} It is the default.")
        elif row.spec.name != EMBEDDED:
            yield Check(subject, "note", f"From {row.source}, not tried; the default is {default!r}.")


def _local_model(studio: Studio, *, is_needed: bool) -> Check:
    missing, models = studio.local.connections.missing_for_embedded(), studio.local.local_models
    if models.is_off():
        return Check("local model", "note", "Switched off by STUDIO_LOCAL_MODEL.")
    used = models.used()
    if missing:
        text = f"Not installed ({', '.join(missing)}). Install it: {INSTALL_EMBEDDED}"
        return Check("local model", "failed" if is_needed else "note", text)
    where = f"{used.weights.name} ({size_text(used.weights.n_bytes)}) in {studio.settings.models}"
    if used.is_here:
        return Check("local model", "ok", f"{where}.")
    notes = [used.progress.error] if used.progress.error else []
    how = f"It is fetched while the studio runs; or: {COMMAND} models get {used.weights.name}"
    return Check("local model", "note", f"{where}: {model_state(False, used.progress)}. {how}", notes)


def _sandboxes(studio: Studio) -> Iterator[Check]:
    report = studio.local.sandbox.report()
    for position, probe in enumerate(report.probes):
        is_used, is_well = position == 0, probe.is_working or studio.settings.sandbox == "off"
        level: Level = "note" if not is_used or probe.name == "host" else "ok" if is_well else "failed"
        used = "used" if probe.is_working else "code is not run"
        subject = f"sandbox {probe.name}" if probe.name != "off" else "sandbox"
        yield Check(subject, level, f"({used if is_used else 'not used'}) {probe.text}", probe.notes)
    if report.python == "ready":
        yield Check("sandbox's Python", "ok", f"Ready in {report.folder}: {len(report.packages)} packages.")
    elif report.python.startswith("failed"):
        yield Check("sandbox's Python", "failed", f"Not built ({report.python}). Build it under Settings.")
    else:
        doing = f"Being built: {report.doing}." if report.python == "building" else ""
        yield Check("sandbox's Python", "note", doing or "Not built yet; it is built when first needed.")


def _tools(studio: Studio) -> Iterator[Check]:
    n = len(studio.tools.tools())
    yield Check("tools", "ok", f"{n} tools at hand; plugins are read from {studio.settings.plugins}.")
    servers = studio.local.mcp_servers.rows()
    by_file: dict[str, list[str]] = {}
    for each in studio.tools.broken():
        by_file.setdefault(each.file, []).append(each.text)
    for file, texts in by_file.items():
        if file not in {f"MCP server {row.spec.name}" for row in servers}:  # each has a line of its own
            yield Check(f"plugin {file}"[:18], "failed", f"{file}: {texts[0]}", texts[1:])
    for row in servers:
        if not row.spec.enabled:
            yield Check(f"mcp {row.spec.name}"[:18], "note", "Switched off.")
        else:
            said = f"It did not answer when last asked: {row.error}" if row.error else "It answered when last asked."
            yield Check(f"mcp {row.spec.name}"[:18], "failed" if row.error else "ok", said)
