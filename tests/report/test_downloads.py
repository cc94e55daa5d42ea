"""What a page offers for download is what it shows: plain tables, the numbers of figures."""

import csv
import io
import json
from urllib.parse import unquote

import numpy as np

from hwkit.report.drawing import Drawing, canvas, panel, to_svg
from hwkit.report.tables import finished_tables
from tests.report.page_reader import PageReader

TABLE = """
<table>
<caption>Times of parts. Measured twice.</caption>
<thead><tr><th>Part</th><th>Value</th><th>Limit</th><th>Note</th></tr></thead>
<tbody>
<tr class="group"><th colspan="4">fast</th></tr>
<tr><th>C &amp; R</th><td>0.00710\xa0±\xa00.00010</td><td>≤ 10⁻⁶</td><td>1\u202f000, "so"</td></tr>
<tr><th>L</th><td>(−3.2\xa0±\xa00.1)\xa0×\xa010⁻³</td><td>–</td><td><b>met</b><br>now</td></tr>
</tbody>
</table>
"""


def rows(uri):
    head, _, text = uri.partition(",")
    assert head == "data:text/csv;charset=utf-8"
    return list(csv.reader(io.StringIO(unquote(text))))


def finished(markup):
    page = str(finished_tables(markup, "here"))
    reader = PageReader(page)
    assert reader.problems == []
    return page, reader, rows(next(a["href"] for tag, a in reader.tags if "download" in a))


def test_a_table_is_folded_under_the_first_sentence_of_its_caption():
    page, reader, _ = finished(TABLE)
    assert page.count("<details") == 1
    assert "<summary>Times of parts</summary><p>Measured twice.</p>" in page
    assert "<caption>Times of parts. Measured twice.</caption>" in page
    assert reader.attributes("download") == ["here-1.csv"]


def test_its_data_have_plain_numbers_and_errors_in_columns_of_their_own():
    *_, content = finished(TABLE)
    assert content == [
        ["group", "Part", "Value", "Value standard error", "Limit", "Note"],
        ["fast", "C & R", "0.00710", "0.00010", "≤ 1e-6", '1000, "so"'],
        ["fast", "L", "-3.2e-3", "0.1e-3", "", "met now"],
    ]


def test_cells_are_named_for_narrow_screens():
    _, reader, _ = finished(TABLE)
    assert reader.attributes("data-label") == ["Part", "Value", "Limit", "Note"] * 2


def test_a_table_without_a_head_and_one_that_stays_open():
    markup = '<table class="open"><tbody><tr><td>a</td><td>1</td></tr></tbody></table>'
    page, _, content = finished(markup)
    assert content == [["a", "1"]]
    assert '<details class="table" open>' in page


def chart(draw):
    with canvas("one"):
        figure = panel()
        axes = figure.add_subplot()
        draw(axes)
        axes.set_xlabel("time, µs")
        axes.set_ylabel("x")
        return Drawing(to_svg(figure, "A figure"), "caption")


def test_a_figure_carries_what_it_draws():
    def draw(axes):
        axes.plot([0, 1, 2], [3, np.nan, 5], label="path")
        axes.errorbar([1, 2], [10, 20], [1, 2], label="runs")
        axes.axhline(7)

    assert rows(chart(draw).data) == [
        ["panel", "series", "x", "y", "low", "high"],
        ["x", "runs", "1", "10", "9", "11"],
        ["x", "runs", "2", "20", "18", "22"],
        ["x", "path", "0", "3", "", ""],
        ["x", "path", "2", "5", "", ""],
    ]


def test_bars_have_their_words_and_bands_their_ends():
    def bars(axes):
        axes.barh([0, 1], [0.5, 0.25])
        axes.set_yticks([0, 1], ["supply", "noise"])

    assert rows(chart(bars).data)[1:] == [["x", "", "0.5", "supply"], ["x", "", "0.25", "noise"]]

    def band(axes):
        axes.fill_between([1, 2, 3], [0, 1, 2], [2, 3, 4])

    assert rows(chart(band).data)[1:] == [
        ["x", "interval", str(x), str(x), str(x - 1), str(x + 1)] for x in (1, 2, 3)
    ]

    def outline(axes):
        axes.stairs([4, 5], [0, 1, 2], label="ideal")

    assert rows(chart(outline).data)[1:] == [["x", "ideal", "0.5", "4"], ["x", "ideal", "1.5", "5"]]


def test_a_figure_says_where_its_axes_lie():
    drawing = chart(lambda axes: axes.semilogy([0, 10], [1, 100]))
    (place,) = json.loads(drawing.axes)
    assert place["x"]["name"] == "time, µs"
    assert place["y"]["log"]
    left, top, width, height = place["box"]
    assert 0 < left < left + width <= 330
    assert 0 < top < top + height <= 230


def test_a_figure_without_numbers_offers_none():
    assert chart(lambda axes: axes.axhline(1)).data == ""
