"""One act for many matters: what is shared is asked once, and who takes part is seen before anything is recorded."""
from __future__ import annotations

from datetime import date
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from qgis.PyQt.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from ...errors import Message, message
from ...i18n import say, tr
from ...law.matters.machine import machine_of
from ...law.procedure import Act, Objection
from ...register.views.matters import MatterFile
from ..pursue.form import Editor, FilesEditor
from ..pursue.form import Form, Row, Said
from ..widgets.plain_text import tip
from .forms import as_particulars, editor_for

SaveAll = Callable[[date, Dict[str, Said]], None]


class Preview(Editor):
    """Which of the chosen matters take part, and why the others do not."""

    def __init__(self, parent: Optional[QWidget] = None):
        super().__init__(parent)
        self.field = QTreeWidget(self)
        self.field.setRootIsDecorated(False)
        self.field.setAccessibleName(tr("Preview"))
        self._hold(self.field)

    def value(self) -> None:
        return None

    def show(self, lines: Sequence[Tuple[str, Optional[Message]]]) -> None:  # type: ignore[override]
        """Fill it anew: numbers with the reason against each, None where there is none."""
        self.field.clear()
        part = sum(reason is None for _number, reason in lines)
        self.field.setHeaderLabels([tr("Matter"), tr("Takes part: {count} of {n}", count=part, n=len(lines))])
        for number, reason in lines:
            item = QTreeWidgetItem([number, tr("takes part") if reason is None else say(reason)])
            item.setToolTip(1, tip(item.text(1)))
            self.field.addTopLevelItem(item)


class BulkMatters(Form):
    """A :class:`Form` over several matters of one kind."""

    def __init__(self, files: Sequence[MatterFile], act: Act, save: SaveAll, parent: Optional[QWidget] = None):
        self._files, self._act = list(files), act
        kind, self._preview = files[0].kind, Preview()
        rows: List[Row] = []
        for field in act.fields:
            ask = next((one for one in kind.moves[act.code].asks if one.name == field.name), None)
            editor = FilesEditor() if field.kind == "files" else editor_for(
                kind, field.name, ask.kind if ask else field.kind, field.codes, None, files[0].names, field.required)
            rows.append(Row(field.name, f"{say(field.label)} *" if field.required else say(field.label), editor))
        rows.append(Row("preview", tr("Preview"), self._preview))

        def save_all(on: date, said: Said) -> None:
            save(on, {file.matter.id: said for file, reason in self._judged(on, said) if reason is None})

        super().__init__(say(act.label), tr("One act for {n} matters", n=len(files)), rows, self._checked, save_all,
                         parent)
        self._checked(self.on, self.said())

    def _judged(self, on: date, said: Said) -> List[Tuple[MatterFile, Optional[Message]]]:
        machine = machine_of(self._files[0].kind)
        particulars = as_particulars(said)
        return [(file, machine.refusal(file.matter, self._act.code, file.law, on, particulars)) for file in self._files]

    def _checked(self, on: date, said: Said) -> Optional[Objection]:
        judged = self._judged(on, said)
        self._preview.show([(file.matter.number, reason) for file, reason in judged])
        if any(reason is None for _file, reason in judged):
            return None
        return machine_of(self._files[0].kind).objection(self._files[0].matter, self._act.code, self._files[0].law, on,
                                                         as_particulars(said)) or Objection(message("No matter takes "
                                                                                                    "part."))
