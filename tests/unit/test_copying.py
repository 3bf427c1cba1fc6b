"""A register copied onto a server and back is the same register: events, hashes, rows, figures, photos; and half a copy never opens."""
from __future__ import annotations

import random
import uuid
from itertools import count
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import rule

from land_inspector.errors import Cancelled, DamagedError, GoneError, InputError
from land_inspector.register import copying, sealing
from land_inspector.register.addresses import address_of
from land_inspector.register.copying import copy_register
from land_inspector.register.field_work import PhotoMatch, add_photos
from land_inspector.register.register import Register
from land_inspector.register.storage.pg_layout import GEOMETRIES, order_of
from land_inspector.register.storage.transfer import TABLES
from land_inspector.register.upgrading import rebuild_state
from land_inspector.register.verifying import backup, restore, verify
from tests.data.formats import figures
from tests.factories import CRS, Asked, info, judge, new_register, squares, township
from tests.unit.test_register_properties import Office

_NUMBERS = count(1)


@pytest.fixture
def place(cluster):
    """Where a copy may go on the server."""
    return cluster.address(f"copy_{next(_NUMBERS)}")


@pytest.fixture
def register(tmp_path):
    from land_inspector.register.issuing import issue_batch

    with new_register(tmp_path) as made:
        issue_batch(made, info(), squares(6), by="甲")
        judge(made, {"T001": "2", "T002": "1"}, by="甲")
        for number in range(3):
            photo = tmp_path / f"{number}.jpg"
            photo.write_bytes(b"photo %d" % number * 400_000)
            parcel = made.parcels().set_index("DKBH").loc["T001", "parcel_id"]
            add_photos(made, [PhotoMatch(photo, (parcel,), place=(600000.0, 3190000.0))], by="乙")
        yield made


def rows(register):
    """Everything stored, table by table in its order."""
    storage = register.storage
    found = {}
    with storage.at_one_moment():
        for table, columns in TABLES.items():
            if storage.has_table(table):
                with storage.stored_rows(table, columns) as stored:
                    found[table] = [tuple(row) for row in stored]
    return {table: held if order_of_rows(table) else sorted(held) for table, held in found.items() if held}


def order_of_rows(table):
    """Whether the rows of a table have an order that means something."""
    return table in GEOMETRIES or bool(order_of(table))


def told(register):
    return figures.told(register, [], ["2026-06-05"]) if len(register.batches()) else {}


def test_there_and_back_it_is_the_same_to_the_last_digit(register, place, tmp_path):
    there = copy_register(register.address, place)
    back = copy_register(place, tmp_path / "back.gpkg")
    assert there.seal == back.seal == register.seal().code and there.events == len(register.storage.events()) and there.attachments == 3
    with Register.open(place) as served, Register.open(tmp_path / "back.gpkg") as filed:
        assert rows(served) == rows(register) == rows(filed)
        assert told(served) == told(register) == told(filed)
        assert served.attachments.names() == register.attachments.names() == filed.attachments.names()
        assert served.storage.boxes().equals(register.storage.boxes())
        rebuild_state(served)
        assert told(served) == told(register) and verify(served).broken == ()


def test_both_kinds_of_copy_can_be_put_back_on_a_server(register, place, tmp_path, cluster):
    copy_register(register.address, place)
    with Register.open(place) as served:
        backup(served, tmp_path / "kept.gpkg")
        seal = served.seal()
        judge(served, {"T003": "3"}, by="丙")
    done = restore(tmp_path / "kept.gpkg", place)
    assert done.lost > 0 and str(done.replaced) in address_of(place).registers()
    with Register.open(place) as served:
        assert served.seal() == seal and verify(served).broken == () and judge(served, {"T003": "1"}, by="丙")


@pytest.mark.parametrize("answers", [0, 3, 12, 30])
def test_a_cancelled_copy_leaves_nothing(register, place, answers, tmp_path):
    for target in (place, str(tmp_path / "copy.gpkg")):
        with pytest.raises(Cancelled):
            copy_register(register.address, target, Asked(answers))
        assert not address_of(target).is_there
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == []


def test_a_copy_that_breaks_off_never_opens_and_goes_on_where_it_stopped(register, place, cluster):
    sent = []

    def dies(self, source, digest, name=None):
        if len(sent) == 2:
            raise GoneError("The line is dead.")
        sent.append(name)
        return kept(self, source, digest, name)

    from land_inspector.register.storage.attachments import ServerAttachments

    kept = ServerAttachments.keep
    with mock.patch.object(ServerAttachments, "keep", dies), pytest.raises(GoneError):
        copy_register(register.address, place)
    with pytest.raises(InputError, match="is no register"):
        Register.open(place)
    with mock.patch.object(ServerAttachments, "keep", autospec=True, side_effect=kept) as again:
        assert copy_register(register.address, place).attachments == 3
    assert again.call_count == 1, "two of three photos were there already"
    with Register.open(place) as served:
        assert verify(served).broken == ()


def test_a_copy_that_is_not_the_same_does_not_take_its_name(register, place):
    honest = copying.transfer

    def forgets(source, target, progress):
        honest(source, target, progress)
        with target.writing():
            target.remove_batches([register.batch("B1").id])

    with mock.patch.object(copying, "transfer", forgets), pytest.raises(DamagedError, match="batch has 0 rows instead of 1"):
        copy_register(register.address, place)
    assert not address_of(place).is_there


def test_a_place_that_is_taken_is_refused(register, place, tmp_path):
    copy_register(register.address, place)
    for source, target in ((register.address, place), (place, register.address), (place, place)):
        with pytest.raises(InputError):
            copy_register(source, target)


# --- whatever people do, in a file and on a server at once ------------------------------------------------------------------------


class BothPlaces(Office):
    """Each act is done in a file and on a server with the same luck and by the same clock: the same events come of it."""

    cluster = None

    def __init__(self):
        self.server, self.turn = None, 0
        super().__init__()
        with self.luck():
            self.server = Register.create(self.cluster.address(f"both_{next(_NUMBERS)}"), county_code="331082", county_name="演示县",
                                          crs=CRS, townships=[township()], by="登记员")
        self.register.close()
        with self.luck():
            self.register = new_register(self.folder, name="again.gpkg")
        self.groups, self.issues = [], 0
        self.issue(0.0, frozenset())

    def luck(self):
        """Ids and moments that are the same whenever the same turn is taken."""
        drawn, clock = random.Random(self.turn), count(1)

        def now():
            return f"2026-11-01T08:{self.turn // 60:02d}:{self.turn % 60:02d}.{next(clock):06d}Z"

        return _all(mock.patch("land_inspector.register.register.utc_now", now),
                    mock.patch.object(uuid, "uuid4", lambda: uuid.UUID(int=drawn.getrandbits(128), version=4)),

                    mock.patch.object(sealing.secrets, "token_hex", lambda n: f"{drawn.getrandbits(8 * n):0{2 * n}x}"),
                    mock.patch.object(sealing, "utc_now", now))

    def do(self, act):
        if self.server is None:
            return super().do(act)
        self.turn += 1
        drawn, draw = [], st.DataObject.draw
        with self.luck(), mock.patch.object(st.DataObject, "draw", lambda data, *how: drawn.append(draw(data, *how)) or drawn[-1]):
            super().do(act)
        groups, filed = list(self.groups), self.register
        self.register = self.server
        try:
            with self.luck(), mock.patch.object(st.DataObject, "draw", lambda data, *how: drawn.pop(0)):
                super().do(act)
        finally:
            self.register = filed
        assert self.groups[len(groups):] in ([], groups[-1:])
        self.groups = groups

    def paper(self):
        names = super().paper()
        filed, self.register = self.register, self.server
        try:
            assert super().paper() == names
        finally:
            self.register = filed
        return names

    @rule()
    def rebuild(self):
        rebuild_state(self.server)

    def teardown(self):
        try:
            if self.server is not None:
                for one, two in zip(self.server.storage.events(), self.register.storage.events()):
                    assert one == two, "an event is another"
                assert len(self.server.storage.events()) == len(self.register.storage.events())
                assert rows(self.server) == rows(self.register)
                assert told(self.server) == told(self.register)
                self.server.close()
        finally:
            super().teardown()


class _all:
    """Several patches as one."""

    def __init__(self, *patches):
        self._patches = patches

    def __enter__(self):
        for one in self._patches:
            one.start()

    def __exit__(self, *_):
        for one in self._patches:
            one.stop()


BothPlaces.TestCase.settings = settings(max_examples=3, stateful_step_count=18, deadline=None, derandomize=True, phases=[Phase.generate],
                                        suppress_health_check=list(HealthCheck))


def test_random_histories_are_the_same_in_a_file_and_on_a_server(cluster):
    BothPlaces.cluster = cluster
    BothPlaces.TestCase("runTest").runTest()
