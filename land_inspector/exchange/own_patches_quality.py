"""What own patches were worth: confirmed of judged for the top of the list and for the random share, and the queue as a table."""
from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..changes.gates import RED, YELLOW
from ..changes.ranking import LEAST_VERDICTS, Ranker
from ..errors import Message
from ..i18n import say, tr
from ..law.pack import Label
from ..law.samples import counted
from ..register.own_patches import OwnPatch, Run, confirmed_share
from .formats import html
from .own_patches import limits_text, self_test_parts
from .rules_page import verdict_text

#: (name, kind, label) of the queue as a table.
QUEUE_FIELDS = (("XH", "integer", Label("队列序号", "Place in the queue")), ("DKBH", "text", Label("地块编号", "Parcel")),
                ("YXH", "integer", Label("原名次", "Rank when found")), ("DF", "real", Label("得分", "Score")),
                ("SJ", "integer", Label("随机抽取", "Drawn at random")), ("PD", "text", Label("判定", "Verdict")),
                ("QR", "integer", Label("已确认", "Confirmed")))
_TOPS = (50, 100)


def queue_rows(patches: Sequence[OwnPatch], places: Mapping[str, int]) -> List[Dict[str, Any]]:
    """The patches in the order of the queue."""
    return [{"XH": places[one.parcel_id] + 1, "DKBH": one.label, "YXH": one.place, "DF": one.score, "SJ": int(one.is_random),
             "PD": verdict_text(one.verdict) if one.confirmed is not None else None,
             "QR": None if one.confirmed is None else int(one.confirmed)}
            for one in sorted(patches, key=lambda one: places[one.parcel_id])]


def quality_page(patches: Sequence[OwnPatch], ranker: Optional[Ranker], batch: str, run: Optional[Run] = None) -> str:
    """What this county confirmed, with what the run that found them said of itself. It claims no completeness, no “no change” and no
    legality."""
    top = [one for one in patches if not one.is_random]
    groups = [(tr("First {n} of the list", n=n), top[:n]) for n in _TOPS if len(top) > n]
    groups += [(tr("The whole list without the random share"), top), (tr("Drawn at random"), [one for one in patches if one.is_random])]
    rows = []
    for name, group in groups:
        share = confirmed_share(group)
        rows.append([name, str(share.listed), str(share.of), counted(share.hits, share.of)])
    learning = tr("Ranked by {n} verdicts of this bureau, {k} of them confirming.", n=ranker.verdicts, k=ranker.confirmed) \
        if ranker is not None else tr("Ranked as found: fewer than {n} verdicts, or all of one kind.", n=LEAST_VERDICTS)
    body = [html.lead(" ".join(limits_text())),
            html.facts([(tr("Batch"), batch), (tr("Order of the queue"), learning), *(_run_facts(run) if run is not None else [])]),
            html.heading(tr("What was confirmed")),
            html.table(["", tr("Listed"), tr("Judged"), tr("Confirmed of judged")], rows, cells=("", "n", "n", "n")),
            html.paragraph(tr("Confirmed: judged to be a real change (neither “no real change” nor a change of crops). Below 20 judged "
                              "no per cent is given. The random share tells what lies below the top of the list; it says nothing of "
                              "places that no threshold reached."))]
    if run is not None and run.self_test:
        body += self_test_parts(run.self_test)
    return html.page(tr("What own patches were worth"), body)


def _run_facts(run: Run) -> List[Tuple[str, str]]:
    levels = {RED: tr("bad"), YELLOW: tr("with care")}
    spoilt = [f"{say(Message(name))} ({levels.get(level, level)})" for level, name in run.gates]
    return [(tr("Examined"), f"{run.examined_m2 / 1e6:.3f} km²"), (tr("Not examined"), f"{run.not_examined_m2 / 1e6:.3f} km²"),
            (tr("Before you rely on it"), "; ".join(spoilt) or tr("nothing that spoils the comparison"))]
