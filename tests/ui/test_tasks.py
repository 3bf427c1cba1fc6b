"""Work beside the window: it comes back once, also where QGIS's task manager has lost it, and nothing is begun while it tidies up."""
from __future__ import annotations

import threading

import pytest
from qgis.core import QgsApplication, QgsTask

from land_inspector.errors import Cancelled, InputError
from land_inspector.ui.shell import tasks
from land_inspector.ui.shell.tasks import Worker


@pytest.fixture
def worker():
    worker = Worker()
    yield worker
    worker.stop()


def lose(monkeypatch, times):
    """The manager takes the first tasks and never begins them, as it does with what it has lost (qgis/QGIS#53806)."""
    manager, kept = QgsApplication.taskManager(), []

    def add(task):
        if len(kept) < times:
            kept.append(task)
            return 0
        return manager.addTask(task)

    class Manager:
        addTask = staticmethod(add)
        activeTasks = staticmethod(manager.activeTasks)

    class Application:
        taskManager = staticmethod(Manager)

    monkeypatch.setattr(tasks, "QgsApplication", Application)
    return kept


def test_a_result_and_an_error_come_back_on_the_main_thread(worker, qtbot):
    came = []
    worker.start("a", lambda progress: 7, lambda result: came.append((result, threading.current_thread())), came.append)
    worker.start("b", lambda progress: int("x"), came.append, lambda error: came.append((type(error), threading.current_thread())))
    qtbot.waitUntil(lambda: len(came) == 2)
    main = threading.main_thread()
    assert sorted(came, key=str) == sorted([(7, main), (ValueError, main)], key=str) and not worker._running


def test_what_the_manager_lost_is_begun_anew_and_done_once(worker, qtbot, monkeypatch):
    lost, done, came = lose(monkeypatch, times=2), [], []
    worker.start("a", lambda progress: done.append(1), came.append, came.append)
    qtbot.waitUntil(lambda: bool(came))
    assert (len(lost), done, came) == (2, [1], [None]) and not worker._running and not worker._watch.isActive()
    assert all(task.run() is False for task in lost) and done == [1], "a lost one that turns up again does nothing"


def test_what_has_ended_without_a_word_is_handed_over_once(worker, qtbot, monkeypatch):
    told = []
    monkeypatch.setattr(tasks.Attempt, "finished", lambda attempt, result: told.append((attempt, result)))
    came, failed = [], []
    worker.start("a", lambda progress: 7, came.append, failed.append)
    worker.start("b", lambda progress: int("x"), came.append, failed.append)
    qtbot.waitUntil(lambda: bool(came and failed))
    for attempt, result in told:  # the manager's word comes at last
        attempt._ended(attempt, result)
    qtbot.wait(50)
    assert came == [7] and [type(error) for error in failed] == [ValueError] and not worker._running


def test_long_work_is_not_taken_for_lost(worker, qtbot, monkeypatch):
    monkeypatch.setattr(tasks, "LOST_MS", 0)
    begun, gate, came = [], threading.Event(), []
    worker.start("a", lambda progress: (begun.append(1), gate.wait(60)), came.append, came.append)
    qtbot.waitUntil(lambda: bool(begun))
    worker._look_for_lost()
    gate.set()
    qtbot.waitUntil(lambda: bool(came))
    assert begun == [1] and len(came) == 1


def test_what_comes_back_may_begin_more_because_the_manager_has_tidied_up(worker, qtbot):
    left, came = [], []

    def then(_result):
        left.append([task for task in QgsApplication.taskManager().tasks() if task.description() == "first"])
        worker.start("second", lambda progress: 2, came.append, came.append)

    worker.start("first", lambda progress: 1, then, came.append)
    qtbot.waitUntil(lambda: came == [2])
    assert left == [[]]


def test_work_cancelled_before_it_is_begun_anew_is_not_begun(worker, qtbot, monkeypatch):
    monkeypatch.setattr(tasks, "LOST_MS", 0)
    lost, came, failed = lose(monkeypatch, times=1), [], []
    work = worker.start("a", lambda progress: 1, came.append, failed.append)
    qtbot.waitUntil(lambda: not worker._running or lost[0].seems_lost())
    work.begin_anew_if_lost()
    work.cancel()
    qtbot.waitUntil(lambda: bool(came or failed))
    assert came == [] and isinstance(failed[0], Cancelled) and lost[0].status() == QgsTask.TaskStatus.Terminated


def test_after_the_stop_nothing_comes_back(worker, qtbot):
    came = []
    worker.start("a", lambda progress: 1, came.append, came.append)
    worker.stop()
    qtbot.waitUntil(lambda: not worker._running)
    assert came == []


def test_a_mistake_of_the_user_comes_back_as_one(worker, qtbot):
    def refuse(_progress):
        raise InputError("No.", "Another one.")

    failed = []
    worker.start("a", refuse, failed.append, failed.append)
    qtbot.waitUntil(lambda: bool(failed))
    assert isinstance(failed[0], InputError)


def test_what_failed_work_had_in_hand_goes_on_the_thread_that_made_it(worker, qtbot):
    """A layer that went later, with the error, was deleted while its thread was taken down: QGIS fell."""
    gone, ran, failed = [], [], []

    class Made:
        def __del__(self):
            gone.append(threading.get_ident())

    def fails(_progress):
        made = Made()
        ran.append(threading.get_ident())
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise InputError(f"{made} cannot be.", "Take another.") from error

    worker.start("fails", fails, print, failed.append)
    qtbot.waitUntil(lambda: bool(failed))
    assert failed[0].__traceback__ is not None and ran != [threading.get_ident()]
    assert gone == ran
