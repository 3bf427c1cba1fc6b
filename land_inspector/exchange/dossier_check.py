"""A dossier that came back, years later perhaps: what the register says of its code, and whether the file says what the register had."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

from ..errors import InputError, Message, message
from ..i18n import say, tr
from ..law.areas import DASH
from ..progress import Progress
from ..register.dossiers import MOVED_ON, NEVER, STANDS, Checked, check, codes_in
from ..register.register import Register
from ..register.sealing import differences
from .dossier_pages import LEAST_PARTS, dossier_title, figures_said, part_rows
from .formats.html import heading, lead, listing, outcome, page, table
from .pdf_text import code_of, content_of, pages_of, plain, title_of

#: The file's words are not the register's, though its code is one of the register.
ALTERED = "altered"


@dataclass(frozen=True)
class Answer:
    """``status`` is STANDS, MOVED_ON, NEVER or ALTERED; ``wrong`` says where the file and the register differ; ``unread`` tells that
    the file's words could not be compared."""

    status: str
    checked: Checked
    wrong: Tuple[Message, ...] = ()
    unread: bool = False

    def sentences(self) -> List[Message]:
        """The answer in words, the most important first."""
        found = [*self.wrong, self.checked.text] if self.wrong else [self.checked.text]
        if self.checked.status == STANDS:
            found.append(message("Nothing happened to it since: it stands so today."))
        if self.checked.status == MOVED_ON:
            found.append(message("Since then: {n} acts, the last on {day}.", n=len(self.checked.since),
                                 day=self.checked.since[-1].effective_on.isoformat()))
        if self.checked.status != NEVER and self.checked.remeasured:
            found.append(message("The evidence was measured or judged by the rules anew since: those areas and that proposal cannot be "
                                 "compared any more."))
        if self.unread:
            found.append(message("The words of the file could not be compared with the register (another language, a scan, or another "
                                 "program wrote it): compare the figures below with the paper."))
        return found


def check_dossier(register: Register, file: Optional[Path], text: str, progress: Progress) -> Answer:
    """Check a dossier's file, or a code (or the content of its QR code) that was typed. InputError where neither holds a code."""
    pages: List[str] = []
    title = ""
    if file is not None:
        content = content_of(file)
        pages, title = pages_of(content), title_of(content)
        progress.step(0.3)
        code = code_of(file) or next(iter(codes_in(text)), None)
        if code is None:
            raise InputError("{file} names no code in its description: it is no dossier as it was written here.",
                             "Type the code that stands at the foot of its pages.", file=file.name)
        text = text if codes_in(text) and codes_in(text)[0] != code else code
    found = check(register, text)
    progress.step(0.9)
    wrong = list(_seal_trouble(register, text))
    unread = False
    if file is not None and found.status != NEVER:
        said, unread = _compared(found, pages, title)
        wrong += said
    if file is not None and pages and any(plain(found.code) not in one for one in pages):
        wrong.append(message("Not every page of the file carries this code."))
    return Answer(ALTERED if wrong and found.status != NEVER else found.status, found, tuple(wrong), unread)


def _seal_trouble(register: Register, text: str) -> List[Message]:
    """A QR code holds the register's seal as well."""
    _before, mark, seal = text.upper().partition("SEAL")
    return differences(register.storage, seal.split("PARCEL")[0]) if mark and seal.strip() else []


def _compared(found: Checked, pages: Sequence[str], title: str) -> Tuple[List[Message], bool]:
    """What the file says otherwise than the register had; and whether its words could not be read: none are there, or in a language
    that is not the reader's."""
    text = "".join(pages)
    entries = figures_said(found.as_it_stood, found.regime)
    if not text or not title.startswith(dossier_title(found.number)) and plain(entries[0][0]) not in text:
        return [], True
    wrong: List[Message] = []
    for number, (name, value) in enumerate(entries):
        if not _is_said(text, plain(name), plain(value), figure=number != 1):
            wrong.append(message("{name}: the register had {value}; the file says otherwise.", name=name, value=value))
    if plain(found.number) not in text:
        wrong.append(message("{name}: the register had {value}; the file says otherwise.", name=tr("Parcel"), value=found.number))
    if not found.remeasured:
        rows = part_rows(found.measured, found.as_it_stood["DKMJ"])[:LEAST_PARTS]
        wrong += [message("{name}: the register had {value}; the file says otherwise.", name=row[0], value=f"{row[2]} m²")
                  for row in rows if plain("".join(row)) not in text]
    return wrong, False


def _is_said(text: str, name: str, value: str, figure: bool) -> bool:
    """Whether the value stands behind its name, and no other figure does."""
    after = [text[at + len(name):] for at in range(len(text)) if text.startswith(name, at)]
    if not any(one.startswith(value) for one in after):
        return False
    return not figure or all(one.startswith(value) for one in after if one[:1].isdigit())


def check_page(answer: Answer) -> str:
    """HTML: the answer, the figures then and now, what happened since."""
    checked = answer.checked
    first, *rest = [say(one) for one in answer.sentences()]
    body = [outcome(first, answer.status in (STANDS, MOVED_ON)), *(lead(one) for one in rest)]
    if checked.as_it_stood:
        now = dict(figures_said(checked.now, checked.regime)) if checked.now and not checked.now["retired"] else {}
        rows = [[name, value, now.get(name, DASH)] for name, value in figures_said(checked.as_it_stood, checked.regime)]
        body.append(table((tr("Figure"), tr("As it stood"), tr("Now")), rows))
    if checked.since:
        body += [heading(tr("Since then")), listing(f"{one.effective_on.isoformat()} {say(one.text)}" for one in checked.since)]
    return page(tr("Check of a dossier"), body)
