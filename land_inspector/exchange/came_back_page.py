"""What came back, as a page: every meeting with its figures, and by township the months until it did."""
from __future__ import annotations

from typing import List, Optional, Sequence

from ..i18n import say, tr
from ..law.areas import DASH
from ..register.rebound import APART_M, LEAST_M2, LEAST_SHARE, Return, months_until
from .formats import html


def came_back_page(found: Sequence[Return], batch: Optional[str]) -> str:
    """The list of :func:`land_inspector.register.rebound.returns`; ``batch`` where only one newer batch was asked about."""
    after = sum(one.is_after is True for one in found)
    body = [html.lead(tr("Newer patches over land that had been set right. It says that something changed again here, not why.")),
            html.counts([(tr("Again changed"), len(found), bool(found)), (tr("on an image taken afterwards"), after, False)]),
            html.facts([(tr("Newer batch"), batch or tr("all")),
                        (tr("A meeting counts from"), tr("{m2:g} m², {share:.0f} % of the smaller outline, wider than {apart:g} m",
                                                         m2=LEAST_M2, share=100 * LEAST_SHARE, apart=APART_M))])]
    if found:
        places = [[name or code or tr("In no township"), str(n), DASH if months is None else f"{months:.1f}"]
                  for (code, name), (n, months) in months_until(found).items()]
        body += [html.heading(tr("By township")),
                 html.table([tr("Township"), tr("Again changed"), tr("Months until it did (median)")], places, cells=("", "n", "n")),
                 html.heading(tr("One by one")),
                 html.table([tr("Parcel"), tr("Township"), tr("Earlier parcel"), tr("Set right"), tr("Order"), tr("Photos"),
                             tr("Overlap (m²)"), tr("Of the smaller, %"), tr("Days between")], [_line(one) for one in found],
                            cells=("", "", "", "", "", "n", "n", "n", "n"))]
    return html.page(tr("What came back"), body)


def _line(one: Return) -> List[str]:
    done = one.settlement
    how = f"{say(done.how)} {done.on.isoformat() if done.on else DASH}"
    days = DASH if one.days is None else str(one.days) if one.days > 0 else tr("{n} (the image is older)", n=one.days)
    return [f"{one.batch} {one.number}", one.township_name or one.township or "", f"{one.old_batch} {one.old_number}", how, done.order,
            str(one.photos), f"{one.overlap_m2:,.0f}", f"{100 * one.share:.0f}", days]
