"""Reports of runs that have a bench name the command, or link the page that lies beside them."""

from hwkit.report.files import files_section


def test_a_report_names_the_command_or_links_the_page(tmp_path):
    assert files_section(tmp_path, []).content.bench == ""
    assert files_section(tmp_path, [], has_bench=True).content.bench == "possible"
    (tmp_path / "bench.html").write_text("")
    assert files_section(tmp_path, [], has_bench=True).content.bench == "made"
