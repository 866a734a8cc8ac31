import subprocess
import sys

import pytest

from fer.machine import memory_limit


@pytest.mark.skipif(sys.platform == "win32", reason="there is no ulimit")
def test_a_limit_that_the_shell_states_counts():
    code = "from fer.machine import memory_limit; print(memory_limit())"
    output = subprocess.run(
        ["sh", "-c", 'ulimit -m 300000; exec "$@"', "sh", sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(output.stdout) == min(300_000 * 1024, memory_limit())
