"""Algorithms run from the desktop: results, a user's mistake, a bug and a cancelled run each end as what they are."""
from __future__ import annotations

import threading
import time

import pytest
from qgis.core import (
    QgsApplication,
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterString,
    QgsProcessingProvider,
)

from land_inspector.errors import InputError
from land_inspector.ui.shell import tasks
from land_inspector.ui.shell.tasks import Jobs, Worker, thread_pool
from land_inspector.ui.shell.commands import in_words


class Count(QgsProcessingAlgorithm):
    """Does what HOW says."""

    def name(self):
        return "count"

    def displayName(self):
        return "Count"

    def createInstance(self):
        return Count()

    def initAlgorithm(self, configuration=None):
        self.addParameter(QgsProcessingParameterString("HOW"))
        self.addParameter(QgsProcessingParameterFileDestination("REPORT", "Report", "HTML (*.html)"))
        self.addOutput(QgsProcessingOutputNumber("IMPORTED", "Imported"))

    def processAlgorithm(self, parameters, context, feedback):
        how = self.parameterAsString(parameters, "HOW", context)
        if how == "mistaken":
            raise QgsProcessingException("The file is empty.")
        if how == "buggy":
            raise ValueError("an unforeseen thing")
        while how == "long" and not feedback.isCanceled():
            time.sleep(0.01)
        feedback.pushInfo("counted")
        return {"ROWS": 5, "IMPORTED": 4, "QUARANTINED": 1}


class Provider(QgsProcessingProvider):
    def id(self):
        return "li_test"

    def name(self):
        return "Test"

    def loadAlgorithms(self):
        self.addAlgorithm(Count())


@pytest.fixture(scope="module", autouse=True)
def provider(qgis_app):
    provider = Provider()
    QgsApplication.processingRegistry().addProvider(provider)
    yield
    QgsApplication.processingRegistry().removeProvider(provider)


@pytest.fixture
def running(monkeypatch):
    monkeypatch.setattr(tasks, "PROVIDER", "li_test")
    return Jobs()


def ended(running, qtbot, how):
    with qtbot.waitSignal(running.ended) as signal:
        running.run("count", {"HOW": how}, "Counting")
        if how == "long":
            running.cancel()
    return signal.args[0]


def test_a_run_hands_back_its_counts_and_what_it_said(running, qtbot):
    outcome = ended(running, qtbot, "well")
    assert outcome.ok and outcome.results["IMPORTED"] == 4 and outcome.said == ["counted"]
    assert outcome.counts == {"Imported": 4} and "4" in in_words(outcome)
    assert not running.running


def test_a_users_mistake_comes_back_in_its_own_words(running, qtbot):
    outcome = ended(running, qtbot, "mistaken")
    assert not outcome.ok and outcome.errors == ["The file is empty."]


def test_a_bug_comes_back_with_its_traceback(running, qtbot):
    outcome = ended(running, qtbot, "buggy")
    assert not outcome.ok and "an unforeseen thing" in outcome.errors[0] and "Traceback" in outcome.errors[0]


def test_a_cancelled_run_is_told_as_cancelled(running, qtbot):
    outcome = ended(running, qtbot, "long")
    assert outcome.cancelled and not outcome.ok


@pytest.fixture
def lost(running, qtbot):
    """A run that waits while every thread is taken, and that is lost before there is one for it (qgis/QGIS#53806); and how it ended."""
    pool, gate, begun, worker, came = thread_pool(), threading.Event(), [], Worker(), []
    running.ended.connect(came.append)
    for _ in range(pool.maxThreadCount()):
        worker.start("busy", lambda _progress: (begun.append(1), gate.wait(600)), lambda _waited: None, lambda _error: None)
    qtbot.waitUntil(lambda: len(begun) == pool.maxThreadCount())
    running.run("count", {"HOW": "well"}, "Counting")
    pool.clear()
    gate.set()
    qtbot.waitUntil(lambda: not worker._running)
    return running, came


def test_a_run_that_was_lost_while_it_waited_is_begun_anew(lost, qtbot):
    running, came = lost
    qtbot.waitUntil(lambda: bool(came))
    assert came[0].ok and came[0].said == ["counted"] and not running.running and not running._watch.isActive()


def test_a_lost_run_that_is_cancelled_meanwhile_is_not_begun_anew(lost, qtbot):
    running, came = lost
    running.cancel()
    qtbot.waitUntil(lambda: bool(came))
    qtbot.wait(20)
    assert len(came) == 1 and came[0].cancelled and not came[0].said


def test_two_runs_at_a_time_are_refused(running, qtbot):
    running.run("count", {"HOW": "long"}, "Counting")
    with pytest.raises(InputError, match="still running"):
        running.run("count", {"HOW": "well"}, "Counting again")
    with qtbot.waitSignal(running.ended):
        running.cancel()


def test_a_tool_that_is_not_there_is_said(running):
    with pytest.raises(InputError, match="not there"):
        running.run("nothing", {}, "Nothing")


def test_parameters_that_are_lacking_are_said_before_anything_runs(running):
    with pytest.raises(InputError, match="cannot start"):
        running.run("count", {}, "Counting")
    assert not running.running
