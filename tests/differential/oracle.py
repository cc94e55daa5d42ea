"""Ask ngspice about a netlist as it is written, in a process of its own that may crash or hang."""

import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile

from tests.differential.questions import Answer, Question

_MEMORY = "/dev/shm"  # files that cost no disk, where there are any


class Oracle:
    """ngspice in a child process, a fork of it for each netlist."""

    def __init__(self, seconds: int = 5) -> None:
        self._folder = tempfile.mkdtemp(
            prefix="differential-", dir=_MEMORY if os.path.isdir(_MEMORY) else None
        )
        self._pipe, other = multiprocessing.Pipe()
        command = [sys.executable, "-m", "tests.differential.server"]
        command += [self._folder, str(other.fileno()), str(seconds)]
        # Threads of a numeric library would have to be ended and begun at each fork.
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self._child = subprocess.Popen(command, pass_fds=[other.fileno()], env=environment)
        other.close()

    def ask(self, question: Question) -> Answer:
        """Return the vectors of each step, or why there are none."""
        self._pipe.send(question)
        answer: Answer = self._pipe.recv()
        return answer

    def close(self) -> None:
        """End the child."""
        self._child.kill()
        self._child.wait()
        self._pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> "Oracle":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
