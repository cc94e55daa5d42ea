"""KiCad as a program: version 6 by its Python module, later ones by `kicad-cli`, too.

The module belongs to the system's Python, out of reach of an environment's, and runs as a process.
It is looked for in /usr/bin/python3, or the Python named by HWKIT_KICAD_PYTHON; `kicad-cli` on the
path, or as HWKIT_KICAD_CLI says. Zones are filled in a copy of the project, which is then plotted.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hwkit.errors import ConfigError, SimulationError
from hwkit.files import write_text
from hwkit.netlist.kicad_project.fabrication.checks import file_names
from hwkit.netlist.kicad_project.fabrication.contents import board_contents
from hwkit.netlist.kicad_project.fabrication.layers import LAYERS
from hwkit.netlist.kicad_project.fabrication.plot import COLOURS, whole_drawing

_PYTHON = "/usr/bin/python3"
_ISOLATED = ("-I", "-c")  # modules of the working folder or of PYTHONPATH are not run
_SECONDS = 300
_VERSION = "import pcbnew; print(pcbnew.Version())"
_FILL = """
import pcbnew, sys
board = pcbnew.LoadBoard(sys.argv[1])
pcbnew.ZONE_FILLER(board).Fill(board.Zones())
pcbnew.SaveBoard(sys.argv[1], board)
"""
_PLOT = """
import csv, pcbnew, sys
path, out, layers = sys.argv[1], sys.argv[2], sys.argv[3:]
board = pcbnew.LoadBoard(path)
plotter = pcbnew.PLOT_CONTROLLER(board)
options = plotter.GetPlotOptions()
options.SetOutputDirectory(out)
options.SetUseGerberX2format(True)
options.SetIncludeGerberNetlistInfo(True)
options.SetUseGerberProtelExtensions(False)
options.SetCreateGerberJobFile(False)
options.SetSubtractMaskFromSilk(False)
options.SetPlotFrameRef(False)
options.SetDrillMarksType(pcbnew.PCB_PLOT_PARAMS.NO_DRILL_SHAPE)
options.SetGerberPrecision(6)
for layer in layers:
    plotter.SetLayer(board.GetLayerID(layer))
    plotter.OpenPlotfile(layer.replace(".", "_"), pcbnew.PLOT_FORMAT_GERBER, layer)
    plotter.PlotLayer()
plotter.ClosePlot()
drills = pcbnew.EXCELLON_WRITER(board)
drills.SetFormat(True)
drills.SetOptions(False, False, pcbnew.wxPoint(0, 0), False)
drills.CreateDrillandMapFilesSet(out, True, False)
name = out + "/" + path.split("/")[-1].removesuffix(".kicad_pcb")
places = pcbnew.PLACE_FILE_EXPORTER(board, True, False, False, True, True, True, False)
with open(name + "-pos.csv", "w", encoding="utf-8") as stream:
    stream.write(places.GenPositionData())
with open(name + "-bom.csv", "w", encoding="utf-8", newline="") as stream:
    table = csv.writer(stream, lineterminator="\\n")
    table.writerow(["Ref", "Val", "Footprint"])
    for item in sorted(board.GetFootprints(), key=lambda item: item.GetReference()):
        if not item.GetAttributes() & pcbnew.FP_EXCLUDE_FROM_BOM:
            where = item.GetFPID().GetUniStringLibId()
            table.writerow([item.GetReference(), item.GetValue(), where])
"""
_DRAW = """
import pcbnew, sys
path, out, layers = sys.argv[1], sys.argv[2], sys.argv[3:]
board = pcbnew.LoadBoard(path)
for zone in list(board.Zones()):
    board.Delete(zone)
plotter = pcbnew.PLOT_CONTROLLER(board)
options = plotter.GetPlotOptions()
options.SetOutputDirectory(out)
options.SetPlotFrameRef(False)
six = pcbnew.Version().startswith("6.")
options.SetSvgPrecision(*((4, False) if six else (4,)))  # browsers end at 3e7 units
options.SetDrillMarksType(
    pcbnew.PCB_PLOT_PARAMS.FULL_DRILL_SHAPE if six else pcbnew.DRILL_MARKS_FULL_DRILL_SHAPE
)
plotter.SetColorMode(False)
for layer in layers:
    plotter.SetLayer(board.GetLayerID(layer))
    plotter.OpenPlotfile(layer.replace(".", "_"), pcbnew.PLOT_FORMAT_SVG, layer)
    plotter.PlotLayer()
plotter.ClosePlot()
"""


@dataclass(frozen=True)
class KiCad:
    """A KiCad that is installed: its version, the Python of its module, `kicad-cli` ("" for 6)."""

    version: str
    python: str
    cli: str


def find_kicad() -> KiCad:
    """Return the KiCad that is installed.

    Raises:
        ConfigError: if there is none.
    """
    python = os.environ.get("HWKIT_KICAD_PYTHON", _PYTHON)
    try:
        done = subprocess.run(
            [python, *_ISOLATED, _VERSION],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        done = None
    if done is None or done.returncode:
        raise ConfigError(
            f"KiCad's Python module pcbnew is not in {python}; install KiCad 6 or later, or name a "
            "Python that has it by HWKIT_KICAD_PYTHON"
        )
    version = done.stdout.split()[-1]
    if version.startswith("6."):
        return KiCad(version, python, "")
    cli = os.environ.get("HWKIT_KICAD_CLI") or shutil.which("kicad-cli")
    if cli is None:
        raise ConfigError(
            f"KiCad {version} has no kicad-cli on the path; install it, or name it by "
            "HWKIT_KICAD_CLI"
        )
    return KiCad(version, python, cli)


def fabrication_files(kicad: KiCad, files: Mapping[str, str], project: str) -> dict[str, str]:
    """Return what KiCad makes of a project for its fabricator, by name.

    Args:
        kicad: the program.
        files: of the project, by path.
        project: its name.

    Raises:
        SimulationError: if KiCad fails.
    """
    with TemporaryDirectory() as name:
        folder, out = Path(name, "project"), Path(name, "out")
        out.mkdir()
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            write_text(target, text)
        board = folder / f"{project}.kicad_pcb"
        _run([kicad.python, *_ISOLATED, _FILL, str(board)], Path(name))
        if kicad.cli:
            for words in _exports(kicad.cli, folder, out, project):
                _run(words, Path(name))
            silk = out / f"{project}-F_Silkscreen.gbr"  # as later versions call F.SilkS
            if silk.is_file():
                silk.rename(out / file_names(project).layers["F.SilkS"])
        else:
            _run([kicad.python, *_ISOLATED, _PLOT, str(board), str(out), *LAYERS], Path(name))
        plots = Path(name, "plots")
        plots.mkdir()
        _run([kicad.python, *_ISOLATED, _DRAW, str(board), str(plots), *COLOURS], Path(name))
        layers = {
            layer: (plots / f"{project}-{layer.replace('.', '_')}.svg").read_text("utf-8")
            for layer in COLOURS
        }
        size = board_contents(files[f"{project}.kicad_pcb"], project).size
        write_text(out / file_names(project).drawing, whole_drawing(layers, size))
        made = file_names(project).every()
        return {each: (out / each).read_text("utf-8") for each in made if (out / each).is_file()}


def _exports(cli: str, folder: Path, out: Path, project: str) -> list[list[str]]:
    """Return the commands of `kicad-cli` that write all files."""
    board, names = str(folder / f"{project}.kicad_pcb"), file_names(project)
    fields = ["--fields", "Reference,Value,Footprint", "--labels", "Ref,Val,Footprint"]
    return [
        [cli, "pcb", "export", "gerbers", "--no-protel-ext", "-l", ",".join(LAYERS),
         "-o", f"{out}/", board],
        [cli, "pcb", "export", "drill", "--excellon-separate-th", "-o", f"{out}/", board],
        [cli, "pcb", "export", "pos", "--format", "csv", "--units", "mm", "--side", "both",
         "-o", str(out / names.places), board],
        [cli, "sch", "export", "bom", *fields, "--ref-range-delimiter", "",
         "-o", str(out / names.bill), str(folder / f"{project}.kicad_sch")],
    ]  # fmt: skip


def _run(words: Sequence[str], home: Path) -> None:
    """Run a program of KiCad's, its settings in a folder of their own."""
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            env={**os.environ, "HOME": str(home)},
            cwd=home,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SimulationError(f"KiCad could not run: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["it said nothing"]
        raise SimulationError(f"KiCad failed with code {done.returncode}: {said[0]}")
