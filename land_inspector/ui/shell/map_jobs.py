"""Map renderer jobs that nobody waits for any more."""
from __future__ import annotations

from qgis.core import QgsMapRendererJob
from qgis.PyQt.QtCore import QCoreApplication


def leave_to_qt(job: QgsMapRendererJob) -> None:
    """Stop a job without waiting; Qt deletes it when it has ended.

    To wait for it here would hold Python's lock, and tasks that wait for that lock may fill the threads the job waits for.
    """
    job.setParent(QCoreApplication.instance())
    if job.isActive():
        job.finished.connect(job.deleteLater)
        job.cancelWithoutBlocking()
    else:
        job.deleteLater()
