"""Live figures in the admin: the page shows what was recorded last, with its age, until the stream says what is now.

`admin_live.js` finds the cells by their `data-live` name and writes texts into them, nothing else. A row tells the
script with data attributes what it is about; the script takes Frames of this computer's node only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Model
from django.forms import Script
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mining.admin.marks import shown
from mining.terminal.figures import UNKNOWN, format_age

NEVER = "Nothing of this is recorded"
AGE = "age"
"""The figure that tells how old the others are."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a row. `label`: above it; `ch`: the width it always has (admin_live.css); `is_word`: a text."""

    name: str
    label: str
    ch: int = 9
    is_word: bool = False


@dataclass(slots=True)
class LiveRow:
    """The figures of one row as they were recorded at `at` (None: never), and what tells the script which row it is.

    `facts` become data attributes; `titles` say more of a text, or why there is none.
    """

    key: str
    kind: str
    figures: Sequence[Figure]
    texts: Mapping[str, str]
    facts: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None

    @property
    def attributes(self) -> SafeString:
        """What the script reads: the row's key and kind, how old the figures are in seconds, and the facts."""
        age_s = "" if self.at is None else f"{max(0.0, (timezone.now() - self.at).total_seconds()):.1f}"
        told = {"row": self.key, "kind": self.kind, "age": age_s, **self.facts}
        return format_html_join(" ", 'data-{}="{}"', told.items())

    def cells(self) -> list[tuple[Figure, SafeString]]:
        """Each figure with its cell, for the page of the row."""
        return [(figure, self._cell(figure)) for figure in self.figures]

    def cell(self, name: str) -> SafeString:
        """The cell of a figure; the first one carries what tells the script of the row."""
        figure = next(each for each in self.figures if each.name == name)
        told = self.attributes if figure is self.figures[0] else SafeString("")
        return self._cell(figure, told)

    def _cell(self, figure: Figure, told: SafeString = SafeString("")) -> SafeString:  # noqa: B008
        text = self._text(figure.name)
        return format_html(
            '<span class="live live-{}{}" data-live="{}" data-of="{}" data-is="recorded" title="{}" {}>{}</span>',
            figure.ch, " live-word" if figure.is_word else "", figure.name, self.key, self._title(figure.name), told,
            text,
        )  # fmt: skip

    def _text(self, name: str) -> str:
        if name == AGE and self.at is not None:
            return f"{format_age((timezone.now() - self.at).total_seconds())} ago"
        return self.texts.get(name) or UNKNOWN

    def _title(self, name: str) -> str:
        told = self.titles.get(name)
        if told:
            return told
        if self._text(name) == UNKNOWN:
            return NEVER
        return f"Recorded at {self.at:%Y-%m-%d %H:%M:%S} UTC" if self.at is not None else "Recorded"


def live_column(figure: Figure) -> Callable[[Any, Any], SafeString]:
    """A column of a list: the cell of a figure."""

    @shown(figure.label)
    def column(_admin: Any, row: Any) -> SafeString:
        cell: SafeString = row.live.cell(figure.name)
        return cell

    return column


class LivePages:
    """Put before a RoleAdmin: its rows get `live` (a LiveRow), its pages the bar, and the row's page the figures."""

    list_before_template = "admin/console/live_bar.html"
    change_form_outer_before_template = "admin/console/live_panel.html"

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["minerconsole/admin_live.css"]}
        js = (Script("minerconsole/js/admin_live.js", type="module"),)

    def live_rows(self, rows: Sequence[Any]) -> Mapping[int, LiveRow]:
        """The LiveRow of each row, by its number, in a number of queries that does not grow."""
        raise NotImplementedError

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, with what was recorded of its rows."""
        changelist = super().get_changelist_instance(request)  # type: ignore[misc]
        self._record(list(changelist.result_list))
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        """The row, with what was recorded of it."""
        row: Model | None = super().get_object(request, object_id, from_field)  # type: ignore[misc]
        if row is not None:
            self._record([row])
        return row

    def _record(self, rows: Sequence[Any]) -> None:
        live = self.live_rows(rows)
        for row in rows:
            row.live = live[row.pk]
