"""Papers written: the office's templates or ours, filled with what the register says, numbered, named and put in place together.

Unknown fields and broken templates are shown before anything is written. What the register does not say is marked in the paper and
listed. A paper that somebody has edited is never written over: its digest is none that the register knows, so the new one stands beside.
"""
from __future__ import annotations

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..errors import InputError, LandInspectorError, Message, RefusedError, message
from ..i18n import say
from ..law.acts import OPTION_LABELS
from ..law.papers.catalogue import Paper, papers
from ..law.papers.checks import ERROR, WARNING, Asked, Finding, look_at
from ..law.papers.facts import OFFICE_FIELDS, PARTY_FIELDS, PERSON, TYPED_FIELDS, UNIT, Facts
from ..law.papers.fields import FIELDS, FREE_TEXTS, LISTS, is_known, values_of, with_gaps
from ..law.papers.wording import doors_of
from ..law.procedure import Done
from ..progress import Progress
from ..register import papers as register_papers
from ..register.papers import Filled, Given, Order, row_of
from ..register.register import Register, Recorded
from ..register.views.papers import facts_of, masked_texts, occasions, order_for
from .atomic_files import given_out, made_folder, plain_stem, write_whole
from .formats.docx import Template
from .formats.docx_layout import not_on_every_page
from .formats.tables import read_tables
from .formats.sheet import text_of

FOLDER = Path(__file__).resolve().parent.parent / "resources" / "papers"
#: What an office keeps beside its templates: how it stands in its papers.
OFFICE_FILE = "机关信息.csv"
_GAPS_FILE = "缺项与检查.csv"
#: The field by which every page says of what it is; the check that looks for it.
_ABOUT, TEMPLATE_CHECK, PUBLIC_CHECK = "页脚说明", "T01", "T02"


@dataclass(frozen=True)
class Draft:
    """A paper as it would be written: its template, values and what was found on it."""

    order: Order
    facts: Facts
    template: Template
    findings: Tuple[Finding, ...]
    done: Optional[Done] = None

    @property
    def refusal(self) -> Optional[Finding]:
        """What keeps it from being written at all."""
        return next((one for one in self.findings if one.refuses), None)


@dataclass(frozen=True)
class WrittenPaper:
    """A paper in its place. ``missing`` are fields that are marked in it, ``findings`` what should be put right before it goes out."""

    paper_id: str
    paper: Paper
    label: str
    number: str
    path: Path
    missing: Tuple[str, ...]
    findings: Tuple[Finding, ...]


@dataclass(frozen=True)
class Refused:
    """A paper that was not written, and why."""

    label: str
    paper: Paper
    reason: Message
    remedy: Message


@dataclass(frozen=True)
class Outcome:
    """What a writing came to; nothing is left out of one of the two."""

    written: Tuple[WrittenPaper, ...]
    refused: Tuple[Refused, ...]

    @property
    def missing(self) -> int:
        """How many fields are marked in all papers together."""
        return sum(len(one.missing) for one in self.written)


# --- templates ------------------------------------------------------------------------------------------------------------


class Templates:
    """The office's folder, for what is not in it our own. A template is found by the paper's code or its Chinese name."""

    def __init__(self, folder: Optional[Path] = None):
        if folder is not None and not folder.is_dir():
            raise InputError("There is no folder of templates {folder}.", "Choose the folder, or leave it empty for the neutral forms.",
                             folder=str(folder))
        self.folder = folder
        self._read: Dict[str, Template] = {}

    def path_of(self, paper: Paper) -> Path:
        """The file that a paper is made from."""
        if self.folder is not None:
            for name in (paper.zh, paper.code):
                path = self.folder / f"{name}.docx"
                if path.is_file():
                    return path
        return FOLDER / f"{paper.code}.docx"

    def of(self, paper: Paper) -> Template:
        """The template, looked through. InputError names its file and place and what is wrong there: unknown fields, parts not closed."""
        if paper.code not in self._read:
            path = self.path_of(paper)
            template = Template.read(path)
            wrong = template.problems(is_known)
            if wrong:
                raise InputError("Template {file}: {problem} ({n} in all)",
                                 "Correct it in Word or WPS; the list of fields lies beside the "
                                 "neutral templates.", file=str(path), problem=wrong[0], n=len(wrong))
            self._read[paper.code] = template
        return self._read[paper.code]


def unsaid(form: Template) -> Optional[Message]:
    """What to say of a template of which some page would not say of what it is; None where each does."""
    if not not_on_every_page(form, [_ABOUT]):
        return None
    return message("Not every page of the template {file} says of what it is (scope, day, known at, seal).", file=form.file)


def all_problems(folder: Path) -> List[Tuple[str, Message]]:
    """(file, what is wrong) of every template in an office's folder; files that belong to no paper too."""
    templates, names = Templates(folder), {f"{name}.docx" for paper in papers().values() for name in (paper.zh, paper.code)}
    found = [(path.name, message("It has the name of no kind of paper.")) for path in sorted(folder.glob("*.docx"))
             if path.name not in names and not path.name.startswith("~")]
    for paper in papers().values():
        path = templates.path_of(paper)
        if path.parent != folder:
            continue
        try:
            found += [(path.name, one) for one in Template.read(path).problems(is_known)]
        except LandInspectorError as error:
            found.append((path.name, error.message))
    return found


def give_out_templates(folder: Path) -> List[Path]:
    """Our templates under their Chinese names, the list of fields and a form of the office's particulars, for an office to change.
    What lies there already stays as it is."""
    made_folder(folder)
    contents: Dict[str, bytes] = {f"{paper.zh}.docx": (FOLDER / f"{paper.code}.docx").read_bytes() for paper in papers().values()}
    contents[OFFICE_FILE] = _csv([("项目", "内容"), *((name, "") for name in OFFICE_FIELDS), ("执法证号:姓名", ""), ("文号格式", "{代字}{字}〔{年}〕{号}号")])
    contents["字段清单.csv"] = _csv([("字段", "说明", "所属列表"), *((name, text, "") for name, text in FIELDS.items()),
                                 *((name, "", listed) for listed, names in LISTS.items() for name in names)])
    made = []
    for name, content in contents.items():
        if not (folder / name).exists():
            write_whole(folder / name, content)
            made.append(folder / name)
    return made


def fonts_of(template: Template) -> List[str]:
    """Names of the fonts that a template asks for, East Asian ones too."""
    found: Dict[str, None] = {}
    for info, data in template.members:
        if info.filename.endswith(".xml") and info.filename.startswith("word/"):
            found.update(dict.fromkeys(re.findall(r'w:(?:eastAsia|ascii|hAnsi)="([^"]+)"', data.decode("utf-8", "replace"))))
    return [name for name in found if name not in ("zh-CN", "en-US")]


# --- the office's particulars -----------------------------------------------------------------------------------------------


def read_office(path: Path) -> Tuple[Dict[str, str], Dict[str, str], Dict[str, Dict[str, object]]]:
    """(particulars, certificates by officer's name, scheme of numbers) of a table of two columns, UTF-8 or GBK.

    Lines: a particular; ``执法证号:张三``; ``文号格式`` or ``文号格式:行政处罚决定书``; ``文号字:行政处罚决定书``; ``起始号:行政处罚决定书``.
    InputError names file, line and what is wrong."""
    values: Dict[str, str] = {}
    certificates: Dict[str, str] = {}
    scheme: Dict[str, Dict[str, object]] = {"patterns": {}, "words": {}, "starts": {}}
    parts = {"文号格式": "patterns", "文号字": "words", "起始号": "starts"}
    for line, row in enumerate(csv.reader(io.StringIO(_decoded(path))), 1):
        if len(row) < 2 or not row[0].strip() or not row[1].strip() or row[0].strip() == "项目":
            continue
        head, _colon, of = row[0].strip().replace("：", ":").partition(":")
        text = row[1].strip()
        if head == "执法证号" and of:
            certificates[of.strip()] = text
        elif head in parts:
            scheme[parts[head]][_code_of(of, path, line)] = _whole(text, path, line) if head == "起始号" else text
        elif head in OFFICE_FIELDS and not of:
            values[head] = text
        else:
            raise InputError("{file}, line {line}: an office has no particular {name}.", "There are: {known}.", file=path.name,
                             line=line,
                             name=row[0], known="、".join(OFFICE_FIELDS))
    return values, certificates, scheme


def _code_of(name: str, path: Path, line: int) -> str:
    if not name.strip():
        return ""
    found = next((paper.code for paper in papers().values() if name.strip() in (paper.zh, paper.code)), None)
    if found is None:
        raise InputError("{file}, line {line}: there is no paper {name}.", "Write its name as the list of papers has it.",
                         file=path.name,
                         line=line, name=name)
    return found


def _whole(text: str, path: Path, line: int) -> int:
    if not text.isdigit() or int(text) < 1:
        raise InputError("{file}, line {line}: {value} is no number to begin with.", "Write a whole number above 0.", file=path.name,
                         line=line,
                         value=text)
    return int(text)


def _decoded(path: Path) -> str:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("{file} is neither UTF-8 nor GBK.", "Save it as CSV in UTF-8.", file=path.name)


def take_office_in(register: Register, folder: Optional[Path], *, by: Optional[str] = None) -> Optional[Recorded]:
    """What lies beside the office's templates becomes its description in the register, so that every officer counts by one scheme."""
    if folder is None or not (folder / OFFICE_FILE).is_file():
        return None
    values, certificates, scheme = read_office(folder / OFFICE_FILE)
    known = register_papers.office_of(register)
    return register_papers.describe_office(register, {**known.values, **values}, certificates, scheme, by=by)


# --- writing ------------------------------------------------------------------------------------------------------------------


def drafted(register: Register, wanted: Sequence[Tuple[str, Paper]], templates: Templates, day: date,
            progress: Optional[Progress] = None) -> List[Draft]:
    """Papers as they would be written, with what should be put right before they go out; nothing is written or recorded.

    ``wanted``: (id of a case or matter, paper). InputError for a template with an unknown field."""
    for paper in dict.fromkeys(paper for _row, paper in wanted):
        templates.of(paper)
    known: Dict[str, Facts] = {}
    found = []
    given = register_papers.rows_by_number(register)
    for row_id, paper in (progress or Progress()).watch(list(wanted)):
        facts = known.get(row_id) or known.setdefault(row_id, facts_of(register, row_id, day))
        _refuse_other_ledger(paper, facts)
        for done in occasions(paper, facts):
            order = order_for(row_of(register, row_id), paper, facts, done)
            values = values_of(paper, facts, order.act_number or ("〔〕" if paper.is_numbered else None), done)
            template = templates.of(paper)
            findings = look_at(Asked(paper, facts, values, order.act_number, done))
            found.append(Draft(order, facts, template, (*findings, *_given_twice(order, given), *_of_form(template)), done))
    return found


def _given_twice(order: Order, given: Mapping[str, Sequence[Tuple[str, str]]]) -> List[Finding]:
    """C27: the number of an act that somebody typed is another case's too."""
    others = [label for row, label in given.get(order.act_number, ()) if row != order.row.id]
    text = message("The number {number} was given to {case} too.", number=order.act_number, case=", ".join(others))
    return [Finding("C27", ERROR, text, message("Correct the number of one of the two acts."))] if order.act_number and others else []


def _of_form(form: Template) -> List[Finding]:
    told = unsaid(form)
    return [Finding(TEMPLATE_CHECK, WARNING, told, message("Put {{{{{field}}}}} into its footer.", field=_ABOUT))] if told else []


def _refuse_other_ledger(paper: Paper, facts: Facts) -> None:
    ledger = facts.kind.id if facts.kind is not None else ""
    if paper.matter != ledger:
        raise RefusedError("{paper} is no paper of {label}.", "Choose a paper of its own kind.", paper=paper.label, label=facts.label)


def write_papers(register: Register, drafts: Sequence[Draft], folder: Path, *, by: Optional[str] = None, is_public: bool = False,
                 inputs: Iterable[Path] = (), progress: Optional[Progress] = None) -> Outcome:
    """Number the papers, tell of them and put them into ``folder``, all or none. Those that are refused are told, never dropped.

    The public version is a second file without number of its own: nothing is recorded of it."""
    progress = progress or Progress()
    refused = tuple(Refused(one.order.row.label, one.order.paper, one.refusal.text,
                            one.refusal.remedy) for one in drafts if one.refusal)
    chosen = [one for one in drafts if one.refusal is None]
    made_folder(folder)
    if not chosen:
        return Outcome((), refused)
    names = _names(chosen, folder, is_public)
    listing = folder / _GAPS_FILE
    written: List[WrittenPaper] = []
    with given_out(listing, *(folder / name for name in names), inputs=inputs) as place:
        filler = _Filler(chosen, names, place, progress, is_public)
        given = filler.public() if is_public else register_papers.write(register, [one.order for one in chosen], filler.fill, by=by)
        for draft, name, one in zip(chosen, names, given):
            told = (*draft.findings, *_read_before_publishing(draft, one.number)) if is_public else draft.findings
            written.append(WrittenPaper(one.paper_id, draft.order.paper, draft.order.row.label, one.number, folder / name,
                                        filler.missing[name], told))
        (place / _GAPS_FILE).write_bytes(_listing(written, refused))
    progress.step(1.0)
    return Outcome(tuple(written), refused)


class _Filler:
    """Fills one draft after another into a folder of drafts, inside the register's transaction."""

    def __init__(self, drafts: Sequence[Draft], names: Sequence[str], place: Path, progress: Progress, is_public: bool):
        self._drafts = {id(one.order): (one, name) for one, name in zip(drafts, names)}
        self._place, self._progress, self._is_public, self._done = place, progress, is_public, 0
        self.missing: Dict[str, Tuple[str, ...]] = {}

    def fill(self, order: Order, number: str) -> Filled:
        draft, name = self._drafts[id(order)]
        self._progress.step(self._done / len(self._drafts), message("Writing {file}", file=name))
        content, missing = filled(draft.facts, draft.order.paper, draft.template, number, self._is_public, draft.done)
        (self._place / name).write_bytes(content)
        self._done += 1
        self.missing[name] = missing
        return Filled(hashlib.sha256(content).hexdigest(), missing)

    def public(self) -> List[Given]:
        """The public versions, under the numbers that the papers were given."""
        given = []
        for draft, _name in self._drafts.values():
            known = next((one for one in reversed(draft.facts.written) if one.paper == draft.order.paper.code), None)
            number = draft.order.act_number or (known.number if known is not None else "")
            given.append(Given(draft.order, known.id if known is not None else "", number, self.fill(draft.order, number).digest))
        return given


def filled(facts: Facts, paper: Paper, form: Template, number: str, is_public: bool = False,
           done: Optional[Done] = None) -> Tuple[bytes, Tuple[str, ...]]:
    """(the .docx, fields that are marked in it as missing)."""
    shown = facts.for_the_public() if is_public else facts
    values: Mapping[str, object] = values_of(paper, shown, number or None, done)
    if is_public:
        values = _for_the_public(facts, values)
    made = form.filled(with_gaps(paper, values))
    return made.content, made.missing


def _for_the_public(facts: Facts, values: Mapping[str, object]) -> Mapping[str, object]:
    """Values in which no number of a person, no party and nobody else whom the register knows stands by name."""
    names = [name for party in facts.parties for name in (party.name if party.kind != UNIT else "", party.representative, party.agent)]
    names += [land.user for land in facts.lands if land.user and land.user_kind == "7"] + list(facts.others)
    doors = {door: shown for party in facts.parties for door, shown in doors_of(party.address).items()}
    return masked_texts(values, [name for name in names if name], doors)


def _read_before_publishing(draft: Draft, number: str) -> List[Finding]:
    """The texts in somebody's own words that stand in a public version: what was masked in them, and that whom the register does not
    know it cannot find. No name is told."""
    shown = values_of(draft.order.paper, draft.facts.for_the_public(), number or None, draft.done)
    plain, cleaned = values_of(draft.order.paper, draft.facts, number or None, draft.done), _for_the_public(draft.facts, shown)
    stands = {tag.name for tag in draft.template.tags()}
    found = [name for name in FREE_TEXTS if name in stands and cleaned.get(name)]
    masked = [name for name in found if cleaned[name] != plain.get(name)]
    if not found:
        return []
    return [Finding(PUBLIC_CHECK, WARNING, message(
        "Written by hand and not sure to name nobody: {fields}. Names and numbers that the register knows were masked in: {masked}.",
        fields="、".join(found), masked="、".join(masked) or "—"), message("Read them before they are published, and mask third persons."))]


def _names(drafts: Sequence[Draft], folder: Path, is_public: bool) -> List[str]:
    """A name for each file: its case, its place in the file, its kind. Beside a file that was edited a new one gets a number."""
    found: List[str] = []
    for draft in drafts:
        paper = draft.order.paper
        about = f"（{OPTION_LABELS['SDWS'].get(draft.order.about, ('', '行政处罚决定书'))[1]}）" if draft.order.about else ""
        stem = plain_stem(f"{draft.order.row.label}-{paper.order:03d}{paper.zh}{about}{'（公开版）' if is_public else ''}")
        known = {digest for one in draft.facts.written if one.paper == paper.code for digest in one.digests}
        name, n = f"{stem}.docx", 2
        while name in found or not is_public and _is_edited(folder / name, known):
            name, n = f"{stem}（{n}）.docx", n + 1
        found.append(name)
    return found


def _is_edited(path: Path, known: Iterable[str]) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() not in set(known)


def _listing(written: Sequence[WrittenPaper], refused: Sequence[Refused]) -> bytes:
    """What is missing and what was found, paper by paper, for whoever finishes them."""
    rows: List[Tuple[str, ...]] = [("案件编号", "文书", "文号", "文件", "类别", "内容", "处理")]
    for one in written:
        head = (one.label, one.paper.zh, one.number, one.path.name)
        rows += [(*head, "缺项", name, "") for name in one.missing]
        rows += [(*head, f"{'必须改正' if found.severity == 'E' else '请核对'} {found.check}", say(found.text), say(found.remedy))
                 for found in one.findings]
        if not one.missing and not one.findings:
            rows.append((*head, "齐全", "", ""))
    rows += [(one.label, one.paper.zh, "", "", "未制作", say(one.reason), say(one.remedy)) for one in refused]
    return _csv(rows)


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with its mark, so that Excel and WPS read it; a text that begins like a formula is kept a text."""
    target = io.StringIO()
    csv.writer(target, lineterminator="\r\n").writerows(
        [f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell for cell in row] for row in rows)
    return target.getvalue().encode("utf-8-sig")


# --- parties of many cases from a table ---------------------------------------------------------------------------------------


def read_particulars(path: Path) -> Dict[str, Tuple[List[Dict[str, str]], Dict[str, str]]]:
    """(parties, typed particulars) by case number, from a table: 案件编号, the particulars of a party and what is typed, by the names that
    the dialogs show. Several lines of one case are several parties.

    InputError names file and line of what cannot be used."""
    heads = {"案件编号": "case", "案件": "case", **{name: name for name in TYPED_FIELDS}, **_SHORT_HEADS,
             **{zh: name for name, (zh, _en, _private) in PARTY_FIELDS.items()}}
    found: Dict[str, Tuple[List[Dict[str, str]], Dict[str, str]]] = {}
    for sheet in read_tables(path):
        lines = [[text_of(cell) or "" for cell in row] for row in sheet.rows]
        at = next((n for n, line in enumerate(lines) if any(heads.get(cell) == "case" for cell in line)), None)
        if at is None:
            continue
        names = [heads.get(cell, "") for cell in lines[at]]
        for n, line in enumerate(lines[at + 1:], at + 2):
            said = {name: cell for name, cell in zip(names, line) if name and cell}
            if said:
                _take_line(found, said, path, n)
    if not found:
        raise InputError("{file} has no line with a 案件编号.", "Give a table with the headings 案件编号, 名称, 证照号码, 地址 …", file=path.name)
    return found


_SHORT_HEADS = {"当事人": "name", "名称": "name", "姓名": "name", "类型": "kind", "地址": "address", "住址": "address", "电话": "phone",
                "证件号码": "id_number",
                "法定代表人": "representative", "负责人": "representative", "代理人": "agent"}
_KINDS = {"个人": PERSON, "自然人": PERSON, "单位": UNIT, "法人": UNIT, "企业": UNIT, PERSON: PERSON, UNIT: UNIT}


def _take_line(found: Dict[str, Tuple[List[Dict[str, str]], Dict[str, str]]], said: Dict[str, str], path: Path, line: int) -> None:
    case = said.pop("case", "")
    if not case:
        raise InputError("{file}, line {line}: the number of the case is missing.", "Write it into the column 案件编号.", file=path.name,
                         line=line)
    if "kind" in said:
        if said["kind"] not in _KINDS:
            raise InputError("{file}, line {line}: {value} is no kind of party.", "Write 个人 or 单位.", file=path.name, line=line,
                             value=said["kind"])
        said["kind"] = _KINDS[said["kind"]]
    parties, typed = found.setdefault(case, ([], {}))
    party = {name: value for name, value in said.items() if name in PARTY_FIELDS}
    if party:
        parties.append(party)
    typed.update({name: value for name, value in said.items() if name in TYPED_FIELDS})
