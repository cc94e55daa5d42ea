import json
import subprocess
import sys


def test_the_paper_s_machine_to_netlist_and_bom_and_back_within_2_gb(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.netlist.paper_size", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    facts = json.loads(done.stdout)
    assert facts["couplings"] == 532_224
    assert facts["parts"] == facts["elements"] - 1296  # noise is not a part
    assert facts["error"] < 1e-12
    assert facts["n_visible"] == 784
    assert facts["rows"] < 20_000
    assert 40e6 < facts["bytes"] < 60e6
    assert facts["peak"] < 2e9
