"""Whatever people do in whatever order, the stored state is what the events say, and nothing fails to verify."""
from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

import shapely
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from land_inspector.errors import RefusedError, UserError
from land_inspector.law.acts import ACTS
from land_inspector.register import attachments, judging, pursuing, register as registers
from land_inspector.register.field_work import PhotoMatch, SiteVisit, add_photos, record_visit, remove_photo
from land_inspector.register.issuing import issue_batch
from land_inspector.register.records import STATUSES
from land_inspector.register.register import Recorded
from land_inspector.register.splitting import Piece, merge_parcels, split_parcels
from land_inspector.register.pursuing import assign_supervision, end_supervision, supervisions
from land_inspector.register.undoing import undo
from land_inspector.register.upgrading import rebuild_state
from land_inspector.register.verifying import verify
from tests.examples import examples
from tests.factories import info, intake, judge, new_register, patch, square
from tests.unit.law_cases import SAID

NUMBERS = range(1, 5)
#: Acts on the way from a clue to a service, and some that lead off it.
WAY = ("site_check", "stop_order", "file", "not_file", "investigate", "legal_review", "notice", "hearing_notice", "decide", "serve",
       "close")


class Office(RuleBasedStateMachine):
    """Two people work on one batch of four patches; acts that the register refuses are part of the game."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.very_many, registers.VERY_MANY = registers.VERY_MANY, 2  # so that acts on a few parcels are taken back the short way
        self.register = new_register(self.folder)
        self.groups, self.issues, self.days = [], 0, 0
        self.issue(0.0, frozenset())

    def teardown(self):
        registers.VERY_MANY = self.very_many
        assert [str(text) for text in verify(self.register).broken] == []
        self.register.close()

    def do(self, act):
        try:
            recorded = act()
        except (RefusedError, UserError):
            return
        if recorded is not None and recorded.group:
            self.groups.append(recorded.group)

    def labels(self):
        return sorted(self.register.parcels()["DKBH"])

    @rule(shift=st.sampled_from([0.0, 15.0]), without=st.frozensets(st.sampled_from(list(NUMBERS)), max_size=2))
    def issue(self, shift, without):
        self.issues += 1
        rows = [patch(f"T{n:03d}", square(n, shift=shift if n == 2 else 0.0), row=n) for n in NUMBERS if n not in without]
        self.do(lambda: issue_batch(self.register, info(), intake(rows, digest=f"d{self.issues}"), by="甲"))

    @rule(data=st.data(), level=st.sampled_from("0123"), by=st.sampled_from(["甲", "乙"]))
    def judge(self, data, level, by):
        if self.labels():
            self.do(lambda: judge(self.register, {data.draw(st.sampled_from(self.labels())): level}, by=by))

    @rule(level=st.sampled_from("123"))
    def judge_all(self, level):
        if self.labels():
            self.do(lambda: judge(self.register, dict.fromkeys(self.labels(), level)))

    @rule(data=st.data(), share=st.sampled_from([0.3, 0.5]))
    def split(self, data, share):
        if not self.labels():
            return
        label = data.draw(st.sampled_from(self.labels()))
        row = self.register.parcels().set_index("DKBH").loc[label]
        outline = shapely.from_wkb(self.register.storage.shapes([row["shape_id"]])[row["shape_id"]])
        x0, y0, x1, y1 = outline.bounds
        west = shapely.box(x0, y0, x0 + (x1 - x0) * share, y1)
        pieces = [shapely.intersection(outline, west), shapely.difference(outline, west)]
        cuts = {label: [Piece(shapely.to_wkb(p), row["DKMJ"] * p.area / outline.area) for p in pieces]}
        self.do(lambda: split_parcels(self.register, "B1", cuts, by="甲"))

    @rule(number=st.sampled_from(list(NUMBERS)), count=st.integers(2, 4))
    def merge(self, number, count):
        labels = [label for label in self.labels() if label.startswith(f"T{number:03d}-")][:count]
        if len(labels) > 1:
            self.do(lambda: merge_parcels(self.register, "B1", labels, by="乙"))

    @rule(data=st.data(), reason=st.sampled_from(["", "改正"]), together=st.booleans())
    @precondition(lambda self: self.groups)
    def undo(self, data, reason, together):
        group = data.draw(st.sampled_from(self.groups))
        self.do(lambda: undo(self.register, group, by="甲", reason=reason, with_dependents=together))

    @rule()
    def undo_last(self):
        self.do(lambda: undo(self.register, by="甲"))

    @rule(data=st.data())
    def give_back(self, data):
        if self.labels():
            label = data.draw(st.sampled_from(self.labels()))
            self.do(lambda: judging.return_parcels(self.register, "B1", [label], level="city", reason="补照片", by="市局"))

    @rule(data=st.data(), act=st.sampled_from(["aside", "paper", "take_up", "flag", "unflag", "note"]), by=st.sampled_from(["甲", "乙"]))
    def mark(self, data, act, by):
        labels = data.draw(st.lists(st.sampled_from(self.labels()), max_size=3)) if self.labels() else []
        acts = {"aside": lambda: judging.set_aside(self.register, "B1", labels, reason="雨", by=by),
                "paper": lambda: judging.set_aside(self.register, "B1", labels, reason="批文", waits_for_paper=True, by=by),
                "take_up": lambda: judging.take_up(self.register, "B1", labels, by=by),
                "flag": lambda: judging.flag(self.register, "B1", labels, by=by),
                "unflag": lambda: judging.unflag(self.register, "B1", labels, by=by),
                "note": lambda: judging.write_note(self.register, "B1", labels, text="记", by=by)}
        self.do(acts[act])

    @rule(data=st.data(), status=st.sampled_from(STATUSES), on=st.sampled_from(["2026-05-01", "2026-06-01"]))
    def visit(self, data, status, on):
        labels = data.draw(st.lists(st.sampled_from(self.labels()), max_size=2)) if self.labels() else []
        self.do(lambda: record_visit(self.register, "B1", labels, SiteVisit(status, ("甲", "丁")), on=on, by="甲"))

    @rule(data=st.data(), content=st.sampled_from([b"one", b"two", b"three"]), by=st.sampled_from(["甲", "乙"]))
    def photograph(self, data, content, by):
        labels = data.draw(st.lists(st.sampled_from(self.labels()), max_size=2, unique=True)) if self.labels() else []
        path = self.folder / f"{content.decode()}.jpg"
        path.write_bytes(content)
        found = self.register.parcels().set_index("DKBH").loc[labels, "parcel_id"]
        self.do(lambda: add_photos(self.register, [PhotoMatch(path, tuple(found), place=(600000.0, 3190000.0))], by=by).recorded)

    @rule(data=st.data())
    def take_photo_away(self, data):
        kept = sorted(self.register.storage.frame("photo")["id"])
        if kept:
            self.do(lambda: remove_photo(self.register, data.draw(st.sampled_from(kept)), by="甲"))

    # --- what follows a verdict: cases with their papers, remedies, supervision ------------------------------------------

    def illegal(self):
        state = self.register.storage.load_state()
        return sorted(parcel.DKBH for parcel in state.parcels.values() if parcel.PDJL1 == "2" and not parcel.retired and not parcel.gone)

    @rule(data=st.data(), on=st.sampled_from(["2026-03-01", "2026-06-01"]), by=st.sampled_from(["甲", "乙"]))
    def open_case(self, data, on, by):
        labels = data.draw(st.lists(st.sampled_from(self.illegal()), min_size=1, max_size=2, unique=True)) if self.illegal() else []
        if labels:
            self.do(lambda: self.noted(pursuing.open_case(self.register, "B1", labels, on=on, particulars=SAID["clue"], by=by)))

    @rule(data=st.data(), with_paper=st.booleans(), by=st.sampled_from(["甲", "乙"]))
    def act_in_case(self, data, with_paper, by):
        cases = sorted(self.register.storage.load_state().cases.values(), key=lambda record: record.id)
        if not cases:
            return
        record = data.draw(st.sampled_from(cases))
        act = data.draw(st.sampled_from([name for name in WAY if record.ZT in ACTS[name].moves] or ["site_check"]))
        said = {**SAID[act], "files": self.paper()} if with_paper else SAID[act]
        self.days += 1
        day = (date(2026, 6, 2) + timedelta(days=self.days)).isoformat()
        self.do(lambda: pursuing.do_act(self.register, record.id, act, on=day, particulars=said, by=by, with_remedies=True))

    def paper(self):
        path = self.folder / "paper.pdf"
        path.write_bytes(b"%PDF paper")
        return attachments.keep(self.register, [path])

    @rule(data=st.data(), kind=st.sampled_from(["reclamation", "return"]), by=st.sampled_from(["甲", "乙"]))
    def order_remedy(self, data, kind, by):
        amount = {"land_m2": 400.0, "cultivated_m2": 0.0} if kind == "reclamation" else {"land_m2": 400.0}
        if self.illegal():
            label = data.draw(st.sampled_from(self.illegal()))
            self.do(lambda: self.noted(pursuing.order_remedy(self.register, "B1", label, kind, amount, on="2026-06-10", by=by)))

    @rule(data=st.data(), what=st.sampled_from(["progress", "accept", "withdraw"]), by=st.sampled_from(["甲", "乙"]))
    def go_on_with_remedy(self, data, what, by):
        remedies = sorted(self.register.storage.load_state().remedies)
        if not remedies:
            return
        key = data.draw(st.sampled_from(remedies))
        acts = {"progress": lambda: pursuing.record_progress(self.register, {key: {"land_m2": 100.0}}, on="2026-07-01", by=by),
                "accept": lambda: pursuing.accept_remedies(self.register, [key], on="2026-08-01", level="1", by=by),
                "withdraw": lambda: pursuing.withdraw_remedies(self.register, [key], on="2026-08-02", reason="重复", by=by)}
        self.do(acts[what])

    @rule(end=st.booleans(), by=st.sampled_from(["局长", "甲"]))
    def supervise(self, end, by):
        running = [one.id for one in supervisions(self.register) if one.ended_on is None]
        if end and running:
            self.do(lambda: end_supervision(self.register, running[0], on="2026-08-01", reason="换人", by=by))
        else:
            self.do(lambda: self.noted(assign_supervision(self.register, "督导", [], since="2026-06-01", until="2026-09-30", by=by)))

    def noted(self, _made):
        """The last action, for a verb that hands out an id."""
        last = self.register.storage.latest()
        return Recorded(last.group, [last])

    @rule(data=st.data(), to=st.sampled_from(["甲", "丁", None]))
    def give_out(self, data, to):
        labels = data.draw(st.lists(st.sampled_from(self.labels()), max_size=3)) if self.labels() else []
        self.do(lambda: judging.assign(self.register, "B1", labels, to=to, by="科长"))

    @rule(data=st.data())
    def take_new_outline(self, data):
        if self.labels():
            self.do(lambda: judging.take_newest_issue(self.register, "B1", [data.draw(st.sampled_from(self.labels()))], by="甲"))

    @rule()
    def rebuild(self):
        rebuild_state(self.register)

    @rule()
    def freeze_and_open(self):
        self.do(lambda: judging.freeze(self.register, "B1", by="科长"))
        self.do(lambda: judge(self.register, dict.fromkeys(self.labels(), "1")))
        self.do(lambda: judging.unfreeze(self.register, "B1", reason="更正", by="科长"))

    @invariant()
    def stored_state_is_folded_state(self):
        folded = self.register.state()
        assert folded.same_as(self.register.storage.load_state()) == [] and folded.orphans == []

    @invariant()
    def pieces_make_up_their_patch(self):
        state = self.register.storage.load_state()
        for one in state.patches.values():
            alive = state.alive_in(one.id)
            whole = next(p for p in state.parcels_of(one.id) if p.parent_id is None)
            if any(p.TBZT == "2" for p in alive):
                assert abs(sum(p.DKMJ for p in alive) - whole.DKMJ) < 1e-6 * whole.DKMJ + 1e-6


Office.TestCase.settings = settings(max_examples=examples(25), stateful_step_count=25, deadline=None,
                                    suppress_health_check=list(HealthCheck))
TestOffice = Office.TestCase
