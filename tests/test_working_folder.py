"""Nothing in the user's folder is executed, whatever its files are called.

`test_wheel.py` runs the commands of pages, and `test_cli_bench.py` all simulators, among `traps`.
"""

import ast
import json
import re
from pathlib import Path

from traps import set_traps

from pulsetrain.processes import python, run

ROOT = Path(__file__).parent.parent


def test_a_child_imports_nothing_from_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    set_traps(tmp_path)
    ended = run(python("-c", "import json, random, sys; print(json.dumps(sys.path))"))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert not {"", str(tmp_path)} & {*json.loads(ended.stdout)}


def test_every_child_is_started_by_one_helper():
    starting = re.compile(r"subprocess\.(run|Popen|call|check_\w+)\(|os\.(system|spawn|exec|popen)"
                          r"|multiprocessing\.(Process|Pool)|ProcessPoolExecutor|LocalCluster")
    found = [f"{path.relative_to(ROOT)}:{number}"
             for package in ("rtl_gen", "sim", "boards") for path in (ROOT / package).rglob("*.py")
             for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
             if starting.search(line) and path.parent.name != "processes"]
    assert found == []


def test_every_text_is_read_and_written_as_utf_8():
    found = []
    for package in ("rtl_gen", "sim", "boards", "docs"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _leaves_the_encoding_open(node):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


def _leaves_the_encoding_open(call):
    name = getattr(call.func, "attr", None)
    if name not in ("read_text", "write_text", "open", "fdopen") or "encoding" in {
            keyword.arg for keyword in call.keywords}:
        return False
    if name in ("read_text", "write_text"):
        return len(call.args) < (1 if name == "read_text" else 2)
    modes = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    is_text = not any("b" in str(mode) for mode in modes)
    opens_a_file = bool(modes or not call.args)  # and not a member of an archive, or a descriptor
    return is_text and opens_a_file and ast.unparse(call.func) not in ("os.open", "client.open")
