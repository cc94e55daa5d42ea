"""Leave out the test that needs OpenVAF where there is no package of it (Python 3.13 and later)."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("openvaf_py") else ["test_veriloga_compiled.py"]
