"""A skip is a skip at home and a failure in CI, wherever it is said."""
from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.tree import ROOT

FILES = {
    "conftest.py": "from tests.skips import pytest_make_collect_report, pytest_runtest_makereport\n",
    "pytest.ini": "[pytest]\n",
    "test_in_a_test.py": "import pytest\ndef test_it():\n    pytest.skip('no browser')\n",
    "test_in_a_fixture.py": "import pytest\n@pytest.fixture\ndef browser():\n    pytest.skip('no browser')\n"
                            "def test_it(browser):\n    pass\n",
    "test_at_collection.py": "import pytest\npytest.skip('no browser', allow_module_level=True)\n",
    "test_fine.py": "def test_it():\n    pass\n",
}


@pytest.mark.parametrize(("ci", "said"), [
    pytest.param("", "1 passed, 3 skipped", id="at home"),
    pytest.param("true", "1 failed, 1 passed, 2 errors", id="in CI"),
])
def test_a_skip_fails_in_ci_only(ci, said, tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    ran = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--continue-on-collection-errors"],
                         cwd=tmp_path, capture_output=True, text=True)
    assert said in ran.stdout
