"""Which Dask schedulers are taken: those that nobody else can speak for."""

import sys

import pytest

import hwkit
from hwkit.cli import main
from hwkit.cluster import check_scheduler, connect

STUDY = """
kind = "tolerance"
name = "small"
[data]
classes = [0, 1]
[machine]
n_hidden = 2
[boards]
count = 2
[[spread]]
parts = "coupling"
sigma = 0.05
[[specification]]
metric = "recognisable share"
min = 0.5
"""


@pytest.mark.parametrize(
    "address",
    [
        "tcp://127.0.0.1:8786",
        "127.0.0.1:8786",
        "127.8.9.10:8786",
        "localhost:8786",
        "tcp://[::1]:8786",
        "inproc://a/b",
        "tls://10.0.0.7:8786",
        "tls://cluster.example.org:8786",
        "wss://cluster.example.org:443",
    ],
)
def test_schedulers_of_this_machine_and_encrypted_ones_are_taken(address):
    check_scheduler(address)


@pytest.mark.parametrize(
    "address",
    [
        "tcp://10.0.0.7:8786",
        "10.0.0.7:8786",
        "cluster.example.org:8786",
        "cluster",
        "ws://cluster.example.org:80",
        "ucx://10.0.0.7:8786",
        "tcp://0.0.0.0:8786",
        "tcp://127.0.0.1@cluster.example.org:8786",
        "tcp://127.0.0.1.example.org:8786",
        "",
    ],
)
def test_others_have_to_be_asked_for_by_name(address):
    with pytest.raises(hwkit.ConfigError, match="tls://, or accept the risk with --insecure-sc"):
        check_scheduler(address)
    check_scheduler(address, insecure=True)


def test_what_is_no_address_is_said():
    with pytest.raises(hwkit.ConfigError, match="is not an address"):
        check_scheduler("tcp://[10.0.0.7:8786")


def command(monkeypatch, capsys, *words):
    monkeypatch.setattr(sys, "argv", ["hwkit", "run", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code, capsys.readouterr().err


def test_the_command_refuses_before_it_writes(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.toml").write_text(STUDY)
    words = ("study.toml", "--out", "run", "--scheduler", "tcp://192.0.2.1:8786")
    status, err = command(monkeypatch, capsys, *words)
    assert status == 2
    assert "'tcp://192.0.2.1:8786' is on another machine and not encrypted" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "run").exists()
    status, err = command(monkeypatch, capsys, "study.toml", "--insecure-scheduler")
    assert status == 2
    assert "--insecure-scheduler is for --scheduler" in err


def test_tls_without_certificates_is_one_sentence(monkeypatch):
    distributed = pytest.importorskip("distributed")
    assert distributed.Security().tls_client_cert is None
    with pytest.raises(hwkit.ConfigError, match=r"names no certificate of a client; set"):
        connect("tls://127.0.0.1:9")
