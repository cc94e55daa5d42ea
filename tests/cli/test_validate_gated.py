"""`hwkit validate` of a gated machine's file."""

import pytest

import hwkit
from tests.gated_machines import small_gated


@pytest.mark.spice
def test_a_file_is_validated_from_the_command_line(cli):
    hwkit.save_machine(small_gated(), "gated.npz")
    words = ("validate", "gated.npz", "--t-final", "0.2", "--dt", "0.01", "-n", "3", "--jobs", "1")
    assert "ok  drift error" in cli(*words).out
    stuck = cli(*words, "--control", "gate-stuck")
    assert stuck.status == 1
    assert "FAILED  drift error" in stuck.out
    refused = cli(*words, "--converge")
    assert refused.status == 2
    assert "--converge changes nothing for a gated machine" in refused.err
