"""One way to run an ONNX model here: verified file, one thread, shared by all calls of the process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import onnxruntime

from engine.speech import models
from engine.speech.ports import SpeechError

Tensor: TypeAlias = npt.NDArray[np.generic]


class Model:
    """A loaded model. `run` may be called from several threads at once (ONNX Runtime guarantees that)."""

    def __init__(self, name: models.ModelName) -> None:
        """Loads and verifies the file. Raises `ModelMissing`, or `SpeechError` when the runtime refuses it."""
        options = onnxruntime.SessionOptions()
        # More threads were slower, not faster (embedded-speech.md, rule 6), and would fight over the cores with calls.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        file = models.path(name)
        try:
            self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise SpeechError(f"The model {name} ({file}) could not be loaded: {error}") from error
        self.inputs: tuple[str, ...] = tuple(entry.name for entry in self._session.get_inputs())
        self.outputs: tuple[str, ...] = tuple(entry.name for entry in self._session.get_outputs())

    def run(self, feeds: Mapping[str, Tensor], outputs: Sequence[str] | None = None) -> list[Tensor]:
        """Run once; the named outputs (all of them when None), in order."""
        results: list[Tensor] = self._session.run(outputs, dict(feeds))
        return results
