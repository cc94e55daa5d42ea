import pytest

from hwkit.errors import DataError
from hwkit.study.kinds.generative.page import write_generative
from hwkit.study.kinds.generative.study import run_generative
from tests.report.page_reader import PageReader
from tests.study.generative_small import small_plan


def test_the_page_has_a_section_for_every_part(tmp_path):
    folder = tmp_path / "run"
    run_generative(small_plan(), folder, jobs=1)
    page = write_generative(folder).read_text(encoding="utf-8")
    reader = PageReader(page)
    sections = [attributes["id"] for tag, attributes in reader.tags if tag == "section"]
    parts = ["patterns", "training", "samples", "heat", "sweep", "search", "found"]
    assert sections == ["metrics", *(f"generative-{part}" for part in parts), "settings"]
    assert "http" not in page.replace("http://www.w3.org", "")
    assert write_generative(folder).read_text(encoding="utf-8") == page


def test_a_folder_without_a_study_is_refused(tmp_path):
    with pytest.raises(DataError, match="no finished run folder"):
        write_generative(tmp_path)
