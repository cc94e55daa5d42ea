"""A machine of the paper's size, 784 visible and 512 hidden units, to files and back.

Run in a process of its own, so that its memory can be measured: prints one JSON object.
"""

import json
import resource
import sys
from pathlib import Path

import numpy as np

import hwkit
from hwkit.model import layered_mask
from hwkit.netlist import bill_of_materials, write_bom


def peak():
    """Return the largest memory of this process, bytes.

    Where there is no /proc, the system's account may include that of the process that started this.
    """
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [row for row in status.read_text().splitlines() if row.startswith("VmHWM:")]
        return 1024 * int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(folder):
    mask = layered_mask(784, 512)
    rng = np.random.default_rng(0)
    upper = np.triu(rng.standard_normal(mask.shape) * mask, k=1)
    model = hwkit.EnergyModel(upper + upper.T, rng.standard_normal(len(mask)), n_visible=784)
    design = hwkit.compile_model(model)
    path = folder / "machine.cir"
    path.write_text(hwkit.render(design).text, encoding="utf-8")
    rows = write_bom(design, folder / "bom.csv")
    parts = sum(row.quantity for row in bill_of_materials(design))
    back = hwkit.extract_model(path.read_text(encoding="utf-8"))
    facts = {
        "couplings": len(model.pairs()[2]),
        "elements": design.n_elements,
        "bytes": path.stat().st_size,
        "rows": rows,
        "parts": parts,
        "error": float(np.max(np.abs(back.J - upper - upper.T))),
        "n_visible": back.n_visible,
        "peak": peak(),
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
