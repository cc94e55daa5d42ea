"""Differential tests: what hwkit reads of a netlist against what ngspice makes of the same text."""
