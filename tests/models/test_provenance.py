import json
import re
import subprocess

import pytest

from models.provenance import provenance


def test_it_is_plain_json_with_versions_and_hardware():
    found = json.loads(json.dumps(provenance()))

    assert set(found) == {"date", "commit", "python", "versions", "hardware"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["date"])
    assert found["versions"]["torch"] and found["hardware"]["cores"] >= 1
    assert re.fullmatch(r"([0-9a-f]{40})?", found["commit"])


@pytest.mark.parametrize("fault", [FileNotFoundError("git"), subprocess.TimeoutExpired("git", 10)])
def test_without_git_the_commit_is_empty(monkeypatch, fault):
    def fail(*_args, **_options):
        raise fault

    monkeypatch.setattr(subprocess, "run", fail)

    assert provenance()["commit"] == ""
