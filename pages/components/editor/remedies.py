"""What one press does about a finding in the team editor: the cure of a weak spot, or a name that models accept."""

from functools import partial

from agents.specs.team_fixes import Fix
from agents.specs.team_validation import free_name
from pages.components.editor.draft import TeamDraft, check, index_of, load
from pages.components.editor.parts import member_of
from pages.components.form_fields import Remedy


def of_warning(draft: TeamDraft, fix: Fix | None) -> Remedy | None:
    """Return what applies the cure; None where there is none."""
    return None if fix is None else Remedy(fix.label, fix.means, partial(_cure, draft, fix))


def _cure(draft: TeamDraft, fix: Fix) -> None:
    """Let the draft say what it says once it is cured; a field that was just left may have spoilt it meanwhile."""
    spec = check(draft).spec
    if spec is not None:
        load(draft, fix(spec))


def of_problem(draft: TeamDraft, path: str) -> Remedy | None:
    """Return what gives a member a name that models accept and no other has; None for other problems."""
    uid = member_of(path, draft)
    if not uid or not path.endswith(".name") or path.count(".") > 2:  # of a member of a team in it
        return None
    name = _suggested(draft, uid)
    means = "People go on seeing what you typed." if _shown_too(draft, uid, name) else ""
    return Remedy(f"Call it {name}", means, partial(_rename, draft, uid))


def _suggested(draft: TeamDraft, uid: str) -> str:
    """A name like the member's that no other has; of two with one name the first keeps it."""
    position = index_of(draft, uid)
    return free_name(draft.members[position]["name"], [each["name"] for each in draft.members if each["uid"] != uid])


def _shown_too(draft: TeamDraft, uid: str, name: str) -> bool:
    """Whether what was typed is worth being shown to people beside the name."""
    member = draft.members[index_of(draft, uid)]
    typed = member["name"].strip()
    is_of_another = typed in [each["name"] for each in draft.members if each["uid"] != uid]
    return bool(typed) and typed != name and not member["display_name"] and not is_of_another


def _rename(draft: TeamDraft, uid: str) -> None:
    if uid not in [member["uid"] for member in draft.members]:
        return
    name, member = _suggested(draft, uid), draft.members[index_of(draft, uid)]
    if _shown_too(draft, uid, name):
        member["display_name"] = member["name"].strip()[:80]
    member["name"] = name
    draft.version += 1
