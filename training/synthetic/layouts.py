"""Ways a paper is laid out. Each layout takes a case and a writing and returns pages of pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from models.privacy.detections import DetectionKind
from training.synthetic.irregular import family_table, run_on
from training.synthetic.markup import Pieces, lines, plain, table
from training.synthetic.materials import Writing, common
from training.synthetic.rosters import figures_page, roster_page
from training.synthetic.slots import Case

Page = Pieces
Cell = tuple[str, Pieces]
Layout = Callable[[Case, Writing, Pieces], list[Page]]


def _pick(case: Case, name: str) -> Pieces:
    return case.fill(case.rng.choice(common()[name]))


def _label(case: Case, field: str) -> Cell:
    labels, _, template = field.partition("=")
    label = case.fill(case.rng.choice(labels.split("|")))[0][0]
    if template == "{employer.uscc}" and case.setting.formed_on.year < 2016:
        label = "组织机构代码"
    return label, _spaced(case, case.fill(template))


def _spaced(case: Case, value: Pieces) -> Pieces:
    """Now and then set a name of two characters apart, as forms do so that names line up."""
    text, kind = value[0]
    if len(value) == 1 and kind is DetectionKind.PERSON and len(text) == 2 and case.rng.random() < 0.1:
        return ((text[0] + case.rng.choice(("  ", "　", " ")) + text[1], kind),)
    return value


def _broken_over_lines(case: Case, value: Pieces) -> Pieces:
    """Now and then break an address in two, as narrow forms do."""
    text, kind = value[0]
    if len(value) == 1 and kind is DetectionKind.ADDRESS and case.rng.random() < 0.1:
        middle = len(text) // 2
        return ((f"{text[:middle]}\n{text[middle:]}", kind),)
    return value


def cells(case: Case, writing: Writing) -> list[Cell]:
    """Return labels and values: who it is about, then what the material asks for."""
    rng = case.rng
    shared = common()["employer_fields" if writing.subject == "employer" else "person_fields"]
    kept = [shared[0]] + [f for f in shared[1:] if rng.random() < 0.62]
    if writing.subject != "employer" and shared[3] not in kept and rng.random() < 0.8:
        kept.insert(1, shared[3])
    if writing.subject != "employer":
        kept += [f for f in common()["rare_person_fields"] if rng.random() < 0.2]
    own = [f for f in writing.fields if rng.random() < 0.85] or list(writing.fields)
    bank = common()["bank_fields"] if writing.subject != "employer" and rng.random() < 0.3 else []
    made = [_label(case, f) for f in [*kept, *own, *bank]]
    if rng.random() < 0.08:
        blank = rng.randrange(len(kept), len(made))
        made[blank] = (made[blank][0], plain("无"))
    return made


def _top(case: Case, title: Pieces) -> list[Pieces]:
    head = _pick(case, "headers")
    named = title if case.rng.random() < 0.9 else ()
    order = [head, named] if case.rng.random() < 0.35 else [named, head]
    return [part for part in order if part and part[0][0]]


def _bottom(case: Case, writing: Writing) -> list[Pieces]:
    out: list[Pieces] = []
    if case.rng.random() < 0.75:
        said = case.fill(case.rng.choice(writing.said))
        out.append((*_opinion(case), ("：", None), *said))
    if case.rng.random() < 0.5:
        out.append((*_opinion(case), ("：", None), *_short_opinion(case)))
    out.append(_pick(case, "signatures"))
    foot = _pick(case, "footers")
    return [*out, foot] if foot and foot[0][0] else out


def _opinion(case: Case) -> Pieces:
    return case.fill(case.rng.choice(common()["opinions"]))


def _short_opinion(case: Case) -> Pieces:
    return case.slot("opinion")


def form(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """One label and value to a line."""
    colon = case.rng.choice(("：", "：", ":", "： "))
    rows = [
        ((label + colon, None), *_broken_over_lines(case, value)) for label, value in cells(case, writing)
    ]
    return [lines(*_top(case, title), *rows, *_bottom(case, writing))]


def paired_form(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """Two labels and values to a line, with blanks between."""
    gap = case.rng.choice(("　　", "    ", "　", " "))
    made = cells(case, writing)
    rows: list[Pieces] = []
    for i in range(0, len(made), 2):
        row: Pieces = ()
        for label, value in made[i : i + 2]:
            row += ((gap, None),) * bool(row) + ((f"{label}：", None), *value)
        rows.append(row)
    return [lines(*_top(case, title), *rows, *_bottom(case, writing))]


def grid(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """A table of two label and value pairs to a row."""
    made = cells(case, writing)
    rows = [
        [part for label, value in made[i : i + 2] for part in (plain(label), value)]
        for i in range(0, len(made), 2)
    ]
    style = case.rng.choice(("pipe", "pipe", "aligned", "tab"))
    return [lines(*_top(case, title), table(rows, style), *_bottom(case, writing))]


def listing(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """A table of two columns: item and content."""
    rows = [[plain("项目"), plain("内容")], *([plain(label), v] for label, v in cells(case, writing))]
    style = case.rng.choice(("pipe", "aligned"))
    return [lines(*_top(case, title), table(rows, style), *_bottom(case, writing))]


def columns(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """All labels first, then all values, as text taken out of a scanned form often comes."""
    made = cells(case, writing)[:12]
    labels = [plain(label) for label, _ in made]
    return [lines(*_top(case, title), *labels, *(v for _, v in made), *_bottom(case, writing))]


def bare(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """Only fields: no opinion, no explanation; half of them without a heading."""
    rows = [((f"{label}：", None), *value) for label, value in cells(case, writing)]
    heading = [title] if case.rng.random() < 0.5 else []
    return [lines(*heading, *rows, _pick(case, "signatures"))]


def decision(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """A formal decision or notice in paragraphs."""
    body = [_indented(case.fill(text)) for text in writing.said]
    return [lines(title, _pick(case, "decision_open"), *body, _pick(case, "decision_close"))]


def letter(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """An application in the applicant's own words."""
    told = _indented(case.fill(case.rng.choice(writing.told)))
    heading = (
        [case.rng.choice((plain("申请书"), plain("情况说明"), title))] if case.rng.random() < 0.8 else []
    )
    selves = [_pick(case, "letter_self")] if writing.subject != "employer" else []
    return [lines(*heading, _pick(case, "letter_open"), *selves, told, _pick(case, "letter_close"))]


def report(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """A report to a superior, with an opening, paragraphs and a request."""
    body = [_indented(case.fill(text)) for text in writing.said]
    head = [title] if case.rng.random() < 0.5 else []
    return [lines(*head, _pick(case, "report_open"), *body, _pick(case, "report_close"))]


def note(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """A clerk's hand-written slip; the title stands only now and then."""
    rng = case.rng
    body = [case.fill(text) for text in rng.sample(writing.note, len(writing.note))]
    talk = [_pick(case, "chat") for _ in range(rng.randint(1, 3))]
    heading = [(("事由：", None), *title)] if rng.random() < 0.4 else []
    extra = [_indented(case.fill(rng.choice(writing.told)))] if rng.random() < 0.6 else []
    shorthand = [part for field in rng.sample(writing.fields, 4) for part in _jotted(case, field)]
    extra.append(tuple(shorthand))
    return [lines(_pick(case, "note_open"), *heading, *body, *extra, *talk, _pick(case, "note_close"))]


def _jotted(case: Case, field: str) -> Pieces:
    label, value = _label(case, field)
    return ((label, None), *value, ("；", None))


def running(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """A record in one run of text, as in old ledgers and chat messages."""
    made = cells(case, writing)
    head = [title] if case.rng.random() < 0.5 else []
    said = [case.fill(case.rng.choice(writing.said))] if case.rng.random() < 0.5 else []
    return [lines(*head, run_on(made, case), *said, _pick(case, "signatures"))]


def family(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """A form with a table of relatives below."""
    rows = [((f"{label}：", None), *value) for label, value in cells(case, writing)]
    return [lines(*_top(case, title), *rows, family_table(case), *_bottom(case, writing))]


def two_pages(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """A form on page one, the applicant's account and the material list on page two."""
    first = case.rng.choice((form, paired_form, grid))(case, writing, title)
    told = _indented(case.fill(case.rng.choice(writing.told or writing.said)))
    second = lines(
        plain("（第2页）附：情况说明"), told, _pick(case, "letter_close"), case.slot("material_list")
    )
    return [*first, second]


def roster(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """A table of several people."""
    return [roster_page(case, writing, title)]


def figures(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """A table of figures, with or without analysis."""
    return [figures_page(case, writing, title)]


def analysis(case: Case, writing: Writing, title: Pieces) -> list[Page]:
    """Paragraphs first, the table of figures on a page of its own."""
    body = [_indented(case.fill(text)) for text in writing.said]
    text = lines(title, _pick(case, "headers"), *body, _pick(case, "signatures"))
    return [text, figures_page(case, writing, plain("附表"))]


def _indented(pieces: Pieces) -> Pieces:
    return pieces if pieces[0][0].startswith("　　") else (("　　", None), *pieces)


LAYOUTS: Mapping[str, Layout] = {
    layout.__name__: layout
    for layout in (form, paired_form, grid, listing, columns, bare, decision, letter, report, note, two_pages,
                   running, family, roster, figures, analysis)
}  # fmt: skip

_WEIGHTS: Mapping[str, Mapping[str, int]] = {
    "person": {"form": 4, "paired_form": 3, "grid": 4, "listing": 2, "columns": 1, "bare": 2, "decision": 4,
               "letter": 4, "report": 2, "note": 3, "two_pages": 3, "roster": 2, "running": 2, "family": 2},
    "employer": {"form": 4, "paired_form": 3, "grid": 3, "listing": 2, "bare": 1, "letter": 2, "report": 4,
                 "note": 2, "two_pages": 1, "running": 1},
    "roster": {"roster": 6, "form": 2, "grid": 2, "note": 1, "letter": 1, "report": 1},
    "figures": {"figures": 3, "analysis": 3},
    "decision": {"decision": 7, "form": 2, "grid": 1, "note": 1, "report": 1},
}  # fmt: skip


def layout_for(case: Case, writing: Writing) -> str:
    """Draw the name of a layout that suits the writing."""
    weights = _WEIGHTS["decision" if writing.decision else writing.subject]
    return case.rng.choices(list(weights), list(weights.values()))[0]
