"""What the first screen of every kind's page must have; read from the page as it is stored."""

from tests.report.page_reader import PageReader


def check_first_screen(page, answer):
    """Compare the head of a page, before its first section, with a study's answer."""
    reader = PageReader(page)
    assert reader.problems == []
    head = " ".join(reader.text[""].split())
    assert " ".join(answer.sentence.split()) in head
    assert answer.sentence.endswith(".")
    assert len(answer.numbers) == 3
    for number in answer.numbers:
        assert " ".join(number.shown.split()) in head
        assert " ".join(number.interval.split()) in head
        assert number.interval or number.basis
    assert answer.picture is not None
    start = page.index("<header"), page.index("</header>")
    assert any(start[0] < page.find(mark, start[0]) < start[1] for mark in ("<img", "<svg"))
    _check_folded(reader)
    _check_downloads(reader)


def _check_folded(reader):
    tables = [a for tag, a in reader.tags if tag == "table"]
    folded = [a for tag, a in reader.tags if tag == "details" and a.get("class") == "table"]
    assert len(folded) == len(tables) >= 1
    answers = ["open" in a.get("class", "").split() for a in tables]  # of what was asked
    assert [("open" in a) for a in folded] == answers
    assert sum(answers) <= 1


def _check_downloads(reader):
    """Each figure with numbers of its own has them beside it, and each table."""
    downloads = [a for tag, a in reader.tags if tag == "a" and "download" in a]
    assert all(a["href"].startswith("data:text/csv") for a in downloads)
    tables = sum(tag == "table" for tag, _ in reader.tags)
    plots = [a for tag, a in reader.tags if a.get("class") == "plot" and "data-axes" in a]
    numbered = [a for a in plots if a["data-axes"] != "[]"]
    assert len(downloads) == tables + len(numbered)
    links = [a["href"] for tag, a in reader.tags if tag == "a" and "download" not in a]
    assert "verdict.json" in links
