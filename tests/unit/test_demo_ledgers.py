"""The demonstration county keeps every ledger in every state, clearly synthetic, and its register is whole."""
from __future__ import annotations

from land_inspector.law.matters.kindform import shipped_kinds
from land_inspector.register.matters import matters
from land_inspector.register.verifying import verify
from tests.factories import new_register, township
from tools import demo_ledgers


def test_every_ledger_is_kept_in_every_state(tmp_path):
    with new_register(tmp_path, [township("331082101", "东山镇", (-10, 5)), township("331082102", "西河乡", (5, 1000))]) as register:
        told = demo_ledgers.play(register)
        kept = {}
        for matter in matters(register):
            assert "演示" in matter.number
            kept.setdefault(matter.kind, set()).add(matter.state)
        assert {kind.id: set(kind.states) for kind in shipped_kinds()} == kept
        assert [one.name for one in told] == [kind.name.zh for kind in shipped_kinds()]
        assert all(one.acts for one in told) and len(demo_ledgers.lines(told)) == len(told)
        assert not register.storage.load_state().same_as(register.state()) and not verify(register).broken
