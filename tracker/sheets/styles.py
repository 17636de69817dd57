"""How cells look (样式): named styles `dz_…`, lamps, borders. One table, registered in every workbook.

Source: SHEETS section 2. Fonts are those that every Windows has and WPS maps, always with charset 134, so that a
missing one is replaced by a Chinese one; Normal is Arial 10, because column widths are counted in its digits.
"""
from __future__ import annotations

from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Alignment, Border, Color, Font, NamedStyle, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils.indexed_list import IndexedList

from tracker.domain.words import Colour

SONG, FANG, HEI, KAI, TITLE = "宋体", "仿宋", "黑体", "楷体", "方正小标宋简体"
FONTS = frozenset({SONG, FANG, HEI, KAI, TITLE, "Arial"})
CHARSET = 134
INK, ALERT, CHANGED = "1A2430", "A8231C", "C00000"
BODY_SIZE = 10.5
LAMPS = {                                   # fill, ink, bold: only red and yellow are solid
    Colour.red: ("C62F27", "FFFFFF", True),
    Colour.yellow: ("F2B01E", INK, True),
    Colour.green: ("DDEFE3", "125230", False),
    Colour.blue: ("D5E3F5", "123E78", False),
    Colour.grey: ("E8ECF1", "45515E", False),
}


@dataclass(frozen=True)
class Look:
    """One named style; `size` in points, the rest as openpyxl says it."""

    font: str = SONG
    size: float = BODY_SIZE
    across: str = "left"
    ink: str = INK
    fill: str = ""
    bold: bool = False
    indent: int = 0
    number: str = "General"
    down: str = "center"


LOOKS: dict[str, Look] = {
    "title": Look(TITLE, 22, "center"),          # wrapped, against SHEETS: a plan's long title must not be cut
    "title_a4": Look(TITLE, 18, "center"),
    "subtitle": Look(KAI, 15, "center"),
    "subtitle_a4": Look(KAI, 12, "center"),
    "subtitle_draft": Look(KAI, 15, "center", CHANGED),
    "subtitle_draft_a4": Look(KAI, 12, "center", CHANGED),
    **{f"meta_{across}": Look(FANG, 12, across) for across in ("left", "center", "right")},
    **{f"meta_{across}_a4": Look(FANG, 10.5, across) for across in ("left", "center", "right")},
    "sign": Look(FANG, 12),
    "sign_right": Look(FANG, 12, "right"),
    "group": Look(HEI, 12, "center", fill="E3E9F0"),
    "head": Look(HEI, 10.5, "center", fill="E3E9F0"),
    "band": Look(HEI, 12, fill="F3F5F8", indent=1),
    "total": Look(HEI, 10.5, indent=1),
    "text": Look(),
    "center": Look(across="center"),
    "strong": Look(HEI),
    "strong_center": Look(HEI, across="center"),
    "num": Look(across="center", number="0"),
    "alert": Look(HEI, ink=ALERT),
    "alert_center": Look(HEI, across="center", ink=ALERT),
    "note": Look(FANG),
    "flat_text": Look(down="top"),          # wrapped: the row shows the first line, no text runs into the next cell
    "flat_num": Look(across="right", down="top", number="0"),
    "flat_pct": Look(across="right", down="top", number="0%"),
    "flat_date": Look(across="center", down="top", number="yyyy-mm-dd"),
    "flat_moment": Look(across="center", down="top", number="yyyy-mm-dd hh:mm"),
    **{f"lamp_{colour}": Look(across="center", ink=ink, fill=fill, bold=bold)
       for colour, (fill, ink, bold) in LAMPS.items()},
}

_THIN, _MEDIUM = Side("thin", "3C4650"), Side("medium", INK)
def edge(*, left: bool = False, right: bool = False, top: bool = False, bottom: bool = False) -> Border:
    """A cell's border inside the table; True on the sides where the table ends."""
    def side(outer: bool) -> Side:
        return _MEDIUM if outer else _THIN

    return Border(left=side(left), right=side(right), top=side(top), bottom=side(bottom))


GRID = edge()


def register(workbook: Workbook) -> None:
    """Give the workbook its Normal and its `dz_…` styles. Text around the table (title, notes) has no border."""
    normal = Font("Arial", 10, charset=CHARSET)
    workbook._fonts = IndexedList([normal])  # type: ignore[attr-defined]  # no public way; font 0 is Normal's
    workbook._named_styles["Normal"].font = normal  # type: ignore[attr-defined]
    bare = ("title", "subtitle", "meta", "sign", "note")
    for name, look in LOOKS.items():
        workbook.add_named_style(NamedStyle(
            f"dz_{name}",
            font=Font(look.font, look.size, b=look.bold, color=look.ink, charset=CHARSET),
            fill=PatternFill("solid", look.fill) if look.fill else PatternFill(),
            border=Border() if name.startswith(bare) else GRID,
            alignment=Alignment(look.across, look.down, wrap_text=True, indent=look.indent),
            number_format=look.number,
        ))


def run_font(tone: str) -> InlineFont:
    """Font of a piece of text inside a cell: "alert", "changed" or plain."""
    ink = {"alert": ALERT, "changed": CHANGED}.get(tone, INK)
    return InlineFont(rFont=HEI if tone == "alert" else SONG, sz=BODY_SIZE, color=Color(ink), charset=CHARSET)


def lamp_format(colour: Colour) -> DifferentialStyle:
    """The look of a lamp's word on a flat sheet, where an edited copy recolours itself."""
    fill, ink, bold = LAMPS[colour]
    return DifferentialStyle(font=Font(b=bold, color=ink), fill=PatternFill(bgColor=fill, fill_type="solid"))
