"""Figures on a page take its colours; in a notebook they bring their own."""

import xml.etree.ElementTree as ET

from hwkit.report.drawing import IDEAL, Drawing, canvas, panel, to_svg


def drawing():
    with canvas("line"):
        figure = panel()
        figure.add_subplot().plot([0, 1], [0, 1], color=IDEAL)
        return Drawing(to_svg(figure, "A line"), "It rises.")


def test_a_page_decides_the_colours():
    assert "var(--ideal)" in drawing().svg
    assert IDEAL not in drawing().svg


def test_a_notebook_gets_a_whole_file_with_colours_and_size():
    svg = drawing()._repr_svg_()
    root = ET.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert f"--ideal: {IDEAL}" in root.attrib["style"]
    assert float(root.attrib["width"]) == float(root.attrib["viewBox"].split()[2])
    assert root.attrib["aria-label"] == "A line"
