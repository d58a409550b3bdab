"""Which files the pages open: those of the server's folders, and no code unless the server was started to run it."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest

from apps import indexes, roots, store
from models.adapters.reference import NetworkReference


@pytest.fixture
def server(tmp_path, monkeypatch) -> Path:
    """A server that was started in tmp_path/project, with data, and one further folder."""
    for name in ("project", "data", "more", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("GALD_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GALD_ROOTS", str(tmp_path / "more"))
    for name in ("GALD_RUNS", "GALD_INDEXES", "GALD_NETWORK", "GALD_ALLOW_CODE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize("inside", ["runs/first", "{}/project", "{}/data/camvid", "{}/more/a/b.safetensors", "."])
def test_the_folders_of_the_server_are_open(server, inside):
    text = inside.format(server)

    assert roots.confined(text, "folder") == Path(text).resolve()


@pytest.mark.parametrize(
    "outside",
    [
        "{}/elsewhere/x",
        "..",
        "/etc/passwd",
        "~/x",
        "{}/data/../elsewhere",
        "{}/data-of-others",
        "a\0b",
        "~nobody-here/x",
    ],
)
def test_everything_else_is_refused_with_the_fix(server, outside):
    with pytest.raises(ValueError, match=r"^folder of runs is .*(gald explore --folder DIR|give another)\.$"):
        roots.confined(outside.format(server), "folder of runs")


def test_a_link_out_of_a_folder_is_followed_and_refused(server):
    (server / "data" / "way-out").symlink_to(server / "elsewhere")

    with pytest.raises(ValueError, match="must lie in one of the folders of this server"):
        roots.confined(server / "data" / "way-out" / "image.png", "image")


@pytest.mark.parametrize("start", ["home", "/"])
def test_a_server_started_at_home_or_at_the_root_does_not_open_everything(server, monkeypatch, start):
    monkeypatch.setenv("HOME", str(server))
    monkeypatch.chdir(server if start == "home" else "/")

    assert roots.confined("runs/a", "run") == Path.cwd() / "runs" / "a"
    with pytest.raises(ValueError, match="must lie in"):
        roots.confined("secret.txt", "checkpoint")


def test_every_way_to_a_file_is_confined(server):
    outside = str(server / "elsewhere")
    for touch in (
        lambda: store.network(f"{outside}/a.safetensors"),
        lambda: store.network(NetworkReference("torchvision:fcn_resnet50", weights=f"{outside}/a.safetensors")),
        lambda: store.network(NetworkReference("torchvision:fcn_resnet50", classes=f"{outside}/classes.json")),
        lambda: store.data_set("camvid", outside, "val"),
        lambda: store.data_set("coco", outside, "val"),
        lambda: store.object_set("coco", outside, "val"),
        lambda: indexes.known_indexes(outside),
        lambda: indexes.own_place(outside, "new"),
    ):
        with pytest.raises(ValueError, match="must lie in one of the folders of this server"):
            touch()


def test_code_is_run_only_where_the_server_was_started_to_run_it(server, monkeypatch):
    ran = server / "project" / "ran"
    file = server / "project" / "network.py"
    file.write_text(f"open({str(ran)!r}, 'w').close()\ndef build():\n    return None\n")
    own = NetworkReference(f"{file}:build")

    with pytest.raises(ValueError, match=r"a Python file can run code .* gald explore --allow-code"):
        store.network(own)
    assert not ran.exists()
    with pytest.raises(ValueError, match="a pickle can run code"):
        store.network(NetworkReference("torchvision:fcn_resnet50", weights="a.pth", trust_pickle=True))

    monkeypatch.setenv("GALD_NETWORK", json.dumps(asdict(own)))
    with pytest.raises(ValueError, match="returned a NoneType"):
        store.network(own)
    assert ran.exists()
    with pytest.raises(ValueError, match="--allow-code"):
        store.network(NetworkReference(f"{file}:other"))

    monkeypatch.setenv("GALD_ALLOW_CODE", "1")
    with pytest.raises(ValueError, match="no function 'other'"):
        store.network(NetworkReference(f"{file}:other"))
    elsewhere = server / "elsewhere" / "network.py"
    elsewhere.write_text(file.read_text())
    with pytest.raises(ValueError, match="must lie in"):
        store.network(NetworkReference(f"{elsewhere}:build"))


def test_gald_explore_names_folders_and_code_to_the_server(server, monkeypatch):
    import argparse

    from gald_viz.commands import explore

    served = []
    monkeypatch.setattr(explore, "_served", lambda command, environment: served.append(environment) or 0)
    parser = argparse.ArgumentParser()
    explore.add_arguments(parser)

    explore.run(parser.parse_args([]))
    explore.run(parser.parse_args(["--folder", str(server / "elsewhere"), "--allow-code"]))

    plain, open_ = served
    assert (plain["GALD_ROOTS"], plain.get("GALD_ALLOW_CODE")) == (str(server / "more"), None)
    assert open_["GALD_ROOTS"] == os.pathsep.join([str(server / "more"), str(server / "elsewhere")])
    assert open_["GALD_ALLOW_CODE"] == "1"
    with pytest.raises(ValueError, match=r"folder /no/such does not exist"):
        explore.run(parser.parse_args(["--folder", "/no/such"]))
