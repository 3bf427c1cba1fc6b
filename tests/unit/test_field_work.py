"""Site findings and photos in the register: what they feed, how they are kept, and what happens when files go wrong."""
from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from land_inspector.errors import Cancelled, InputError, RefusedError
from land_inspector.law.facts import ROLES
from land_inspector.progress import Progress
from land_inspector.register import parties, judging
from land_inspector.register.field_work import (
    PhotoMatch, SiteVisit, add_photos, particulars, photos_of, record_visit, remove_photo, site_finding, visit_of,
)
from land_inspector.register.issuing import issue_batch
from land_inspector.register.proposing import propose_again, propose_batch
from land_inspector.register.register import Register
from land_inspector.register.records import BUILT, EARTH, NOTHING
from land_inspector.register.splitting import merge_parcels, split_parcels
from land_inspector.register.undoing import undo
from land_inspector.register.verifying import backup, verify
from tests.factories import info, new_register, squares
from tests.unit.test_register_history import halves


@pytest.fixture
def register(tmp_path):
    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(3), by="甲")
        yield made


@pytest.fixture
def photo(tmp_path):
    def make(name: str = "IMG_1.jpg", content: bytes = b"\xff\xd8one\xff\xd9") -> Path:
        path = tmp_path / "camera" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path
    return make


def row(register, label="T001"):
    return register.parcels("B1").set_index("DKBH").loc[label]


def match(register, path, *labels, **how):
    said = dict(taken_at="2026-05-20T10:11:12", lon=121.1, lat=28.8, direction=45.0, distance_m=3.0, matched_by="view",
                place=(600050.0, 3190050.0))
    return PhotoMatch(path, tuple(row(register, label)["parcel_id"] for label in labels), **{**said, **how})


def stored_is_folded(register):
    return register.state().same_as(register.storage.load_state()) == []


def broken(register):
    return [str(text) for text in verify(register).broken]


# --- visits --------------------------------------------------------------------------------------------------------------

def test_the_newest_visit_counts_and_names_its_officers(register):
    record_visit(register, "B1", ["T001"], SiteVisit(BUILT, ("甲", "乙"), use="01", land_user="某厂"), on="2026-06-02", by="甲")
    record_visit(register, "B1", ["T001"], SiteVisit(NOTHING, ("甲", "丙")), on="2026-05-30", by="甲")
    kept = visit_of(register, row(register)["site"])
    assert (kept.on, kept.visit.status, kept.visit.officers) == (date(2026, 6, 2), BUILT, ("甲", "乙"))
    assert "某厂" == kept.visit.land_user and stored_is_folded(register)


def test_the_name_of_a_person_who_uses_the_land_stays_out_of_the_events_and_a_firm_does_not(register):
    for number, user in (("T001", "郭靖"), ("T002", "某某公司")):
        record_visit(register, "B1", [number], SiteVisit(BUILT, ("甲",), land_user=user), on="2026-06-02", by="甲")
        assert visit_of(register, row(register, number)["site"]).visit.land_user == user
        assert particulars(register, row(register, number)["site"])["YDDW"] == user
    said = json.dumps([dict(e.payload) for e in register.storage.events()], ensure_ascii=False)
    assert "郭靖" not in said and "某某公司" in said


def test_where_names_were_taken_out_a_visit_still_stands(register):
    record_visit(register, "B1", ["T001"], SiteVisit(BUILT, ("乙",), land_user="郭靖"), on="2026-06-02", by="甲")
    parties.remove_names(register, by="甲")
    kept = visit_of(register, row(register)["site"])
    assert kept.visit.status == BUILT and kept.visit.officers == () and "郭靖" not in kept.visit.land_user
    assert broken(register) == []


def test_names_of_officers_stay_out_of_the_events(register):
    record_visit(register, "B1", ["T001"], SiteVisit(NOTHING, ("欧阳锋",)), on="2026-06-02", by="甲")
    assert "欧阳锋" not in json.dumps([dict(e.payload) for e in register.storage.events()], ensure_ascii=False)
    assert broken(register) == []


def test_a_visit_may_lie_before_the_batch_but_not_in_the_future(register):
    record_visit(register, "B1", ["T001"], SiteVisit(EARTH), on="2026-04-01", by="甲")
    assert visit_of(register, row(register)["site"]).on == date(2026, 4, 1)
    with pytest.raises(InputError, match="still to come"):
        record_visit(register, "B1", ["T001"], SiteVisit(EARTH), on="2999-01-01", by="甲")


@pytest.mark.parametrize("visit", [
    SiteVisit("ruined"), SiteVisit(NOTHING, facts={"colour": "red"}), SiteVisit(NOTHING, facts={"photos": 3})])
def test_what_no_visit_records_is_refused(register, visit):
    with pytest.raises(InputError):
        record_visit(register, "B1", ["T001"], visit, on="2026-06-01", by="甲")
    assert row(register)["site"] is None


def test_an_undone_visit_leaves_the_one_before(register):
    record_visit(register, "B1", ["T001"], SiteVisit(NOTHING), on="2026-06-01", by="甲")
    record_visit(register, "B1", ["T001"], SiteVisit(BUILT), on="2026-06-05", by="甲")
    undo(register, by="甲")
    assert visit_of(register, row(register)["site"]).visit.status == NOTHING and stored_is_folded(register)


def test_a_frozen_batch_takes_no_visit_and_no_photo(register, photo):
    judging.freeze(register, "B1", by="科长")
    with pytest.raises(RefusedError, match="frozen"):
        record_visit(register, "B1", ["T001"], SiteVisit(NOTHING), on="2026-06-01", by="甲")
    with pytest.raises(RefusedError, match="frozen"):
        add_photos(register, [match(register, photo(), "T001")], by="甲")
    assert not register.attachments.folder.exists(), "a refused photo leaves no file"


@pytest.mark.parametrize("status, nothing", [(NOTHING, True), (EARTH, False), (BUILT, False)])
def test_the_rules_learn_from_a_visit_whether_something_was_built(register, status, nothing):
    record_visit(register, "B1", ["T001"], SiteVisit(status, land_class="0702", facts={"same_user": True}), on="2026-06-01", by="甲")
    found = site_finding(row(register)["site"], 2)
    assert (found.no_construction, found.photos, found.land_class, found.same_user) == (nothing, 2, "0702", True)


def test_without_a_visit_nothing_is_known_of_the_ground():
    found = site_finding(None, 0, "0103")
    assert (found.no_construction, found.land_class, found.same_user) == (None, "0103", None)


@pytest.fixture
def measured(register):
    """T001 is cultivated land that no approval covers."""
    found = row(register)
    facts = {"measured": list(ROLES), "survey_share": 1.0, "covers": {}, "combined": {}, "townships": {}}
    summary = {"parcel_id": found["parcel_id"], "shape_id": found["shape_id"], "facts": json.dumps(facts), "GDMJ": 1600.0,
               "FGNYDMJ": 0.0, "JSYDMJ": 0.0, "WLYDMJ": 0.0}
    run = {"id": "run", "batch_id": register.batch("B1").id, "measured_at": "2026-05-11", "method": "E", "profile": "{}",
           "profile_digest": "d", "parcels": 1}
    nothing = {name: pd.DataFrame({"parcel_id": []}) for name in ("evidence_area", "evidence_document")}
    with register.storage.writing():
        register.storage.save_evidence(run, {"evidence_summary": pd.DataFrame([summary]), **nothing})
    propose_batch(register, "B1")
    return register


def test_a_visit_with_a_photo_changes_what_the_rules_propose_and_no_verdict(measured, photo):
    before = row(measured)
    record_visit(measured, "B1", ["T001"], SiteVisit(NOTHING, land_class="0103"), on="2026-06-01", by="甲")
    propose_again(measured, [before["parcel_id"]])
    assert row(measured)["ZDGZ"] != "R29", "R29 wants a photo as well"
    add_photos(measured, [match(measured, photo(), "T001")], by="甲")
    propose_again(measured, [before["parcel_id"], row(measured, "T002")["parcel_id"]])
    assert row(measured)[["ZDPD1", "ZDPD2", "ZDGZ", "PDJL1"]].tolist() == ["3", "301", "R29", "0"]
    assert before["ZDPD1"] != "3" and row(measured, "T002")["ZDPD1"] is None


# --- photos --------------------------------------------------------------------------------------------------------------

def test_a_photo_is_copied_under_its_digest_and_counted(register, photo):
    added = add_photos(register, [match(register, photo("现场 1.jpg"), "T001")], by="甲")
    (kept,) = photos_of(register, row(register)["parcel_id"])
    assert kept.path.parent.name == "register.attachments" and kept.name == "现场 1.jpg" and kept.ok
    assert (row(register)["photos"], len(added.added), kept.direction) == (1, 1, 45.0)
    assert stored_is_folded(register) and broken(register) == []


def test_the_same_picture_is_taken_once_whatever_its_name(register, photo):
    twice = [match(register, photo("a.jpg"), "T001"), match(register, photo("b.jpg"), "T002")]
    assert add_photos(register, twice, by="甲").doubles == (("b.jpg", "a.jpg"),)
    again = add_photos(register, [match(register, photo("c.jpg"), "T003")], by="甲")
    assert again.doubles == (("c.jpg", "T001"),) and again.recorded is None
    assert row(register, "T003")["photos"] == 0


def test_one_photo_may_show_parcels_of_two_patches(register, photo):
    add_photos(register, [match(register, photo(), "T001", "T002")], by="甲")
    assert [row(register, label)["photos"] for label in ("T001", "T002", "T003")] == [1, 1, 0]
    undo(register, by="甲")
    assert set(register.parcels("B1")["photos"]) == {0} and stored_is_folded(register)
    assert broken(register) == []


def test_what_was_matched_to_nothing_or_cannot_be_read_is_named_and_stops_nothing(register, photo, tmp_path):
    found = [PhotoMatch(photo("lost.jpg", b"lost")), match(register, tmp_path / "gone.jpg", "T001"), match(register, photo(), "T001")]
    added = add_photos(register, found, by="甲")
    assert (len(added.added), added.unmatched) == (1, ("lost.jpg",))
    assert [name for name, _reason in added.troubles] == ["gone.jpg"]


def test_a_cancelled_drop_leaves_neither_an_event_nor_a_file(register, photo):
    class StopsAtTheThird(Progress):
        seen = 0

        def is_cancelled(self):
            self.seen += 1
            return self.seen > 2

    before = len(register.storage.events())
    with pytest.raises(Cancelled):
        add_photos(register, [match(register, photo(f"{n}.jpg", bytes([n])), "T001") for n in range(4)], StopsAtTheThird(), by="甲")
    assert len(register.storage.events()) == before and not register.attachments.folder.exists()


def test_a_removed_photo_counts_no_more_and_undo_brings_it_back(register, photo):
    (one,) = add_photos(register, [match(register, photo(), "T001")], by="甲").added
    remove_photo(register, one, by="甲")
    assert row(register)["photos"] == 0 and photos_of(register, row(register)["parcel_id"]) == []
    with pytest.raises(InputError):
        remove_photo(register, one, by="甲")
    undo(register, by="甲")
    assert row(register)["photos"] == 1 and stored_is_folded(register)
    assert broken(register) == []


def test_photos_and_findings_follow_the_land_when_it_is_cut_and_joined(register, photo):
    add_photos(register, [match(register, photo(), "T001")], by="甲")
    record_visit(register, "B1", ["T001"], SiteVisit(NOTHING), on="2026-06-01", by="甲")
    split_parcels(register, "B1", {"T001": halves(1)}, by="甲")
    assert [row(register, label)["photos"] for label in ("T001-01", "T001-02")] == [1, 1]
    add_photos(register, [match(register, photo("2.jpg", b"two"), "T001-01")], by="甲")
    record_visit(register, "B1", ["T001-02"], SiteVisit(BUILT), on="2026-06-03", by="甲")
    merge_parcels(register, "B1", ["T001-01", "T001-02"], by="甲")
    assert row(register)["photos"] == 2 and visit_of(register, row(register)["site"]).visit.status == BUILT
    assert stored_is_folded(register) and broken(register) == []


def test_verify_says_which_photo_is_missing_or_altered(register, photo):
    add_photos(register, [match(register, photo(f"{n}.jpg", bytes([n])), "T001") for n in range(2)], by="甲")
    one, two = photos_of(register, row(register)["parcel_id"])
    one.path.unlink()
    two.path.write_bytes(b"forged")
    assert not one.ok and not two.ok
    texts = broken(register)
    assert len(texts) == 2 and any("missing" in text for text in texts) and any("altered" in text for text in texts)


def test_a_backup_takes_the_photos_along_and_cancelled_leaves_none(register, photo, tmp_path):
    add_photos(register, [match(register, photo(), "T001")], by="甲")
    target = tmp_path / "copy" / "backup.gpkg"
    target.parent.mkdir()
    backup(register, target)
    with Register.open(target) as copy:
        assert broken(copy) == [] and photos_of(copy, row(copy)["parcel_id"])[0].ok

    class Stops(Progress):
        def is_cancelled(self):
            return (tmp_path / "copy" / "second.attachments").exists()

    with pytest.raises(Cancelled):
        backup(register, tmp_path / "copy" / "second.gpkg", Stops())
    assert sorted(path.name for path in target.parent.iterdir()) == ["backup.attachments", "backup.gpkg"]


def test_a_name_that_no_file_system_takes_is_made_harmless(register, photo):
    path = photo("x.jpg")
    strange = path.with_name("图" * 80 + '"a:b".jpg')
    path.rename(strange)
    add_photos(register, [match(register, strange, "T001")], by="甲")
    (kept,) = photos_of(register, row(register)["parcel_id"])
    assert kept.ok and ":" not in kept.path.name and len(kept.path.name.encode()) < 200


def test_an_edited_register_leads_to_no_file_outside_its_folder(register, photo):
    add_photos(register, [match(register, photo(), "T001")], by="甲")
    with register.storage.writing():
        register.storage._db.execute("UPDATE photo SET file = '../../secret.jpg'")
    (kept,) = photos_of(register, row(register)["parcel_id"])
    assert kept.path.parent == register.attachments.folder
