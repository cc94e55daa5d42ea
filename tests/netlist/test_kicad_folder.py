"""A KiCad project goes into a folder of its own: what somebody drew or another project's stays."""

import pytest

from hwkit.errors import ConfigError
from hwkit.netlist.kicad_project import write_project

FILES = {"board.kicad_pcb": "placed\n", "hwkit.pretty/R.kicad_mod": "drawn\n"}


def test_the_same_project_may_be_written_again(tmp_path):
    write_project(FILES, tmp_path)
    write_project(FILES, tmp_path)
    assert (tmp_path / "hwkit.pretty" / "R.kicad_mod").read_text() == "drawn\n"


@pytest.mark.parametrize("name", FILES)
def test_tracks_of_the_user_are_not_replaced(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("routed\n")
    with pytest.raises(ConfigError, match="name another folder"):
        write_project(FILES, tmp_path)
    assert [path.read_text() for path in tmp_path.rglob("*.k*")] == ["routed\n"]


def test_a_link_in_the_folder_leads_nowhere(tmp_path):
    (tmp_path / "board").mkdir()
    (tmp_path / "board" / "board.kicad_pcb").symlink_to("../outside")
    with pytest.raises(ConfigError, match="name another folder"):
        write_project(FILES, tmp_path / "board")
    assert not (tmp_path / "outside").exists()
