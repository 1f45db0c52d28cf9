"""Copies the recording of a call, and what was found out, to a place of the business's own."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC
from pathlib import Path
from typing import Final

from pydantic import Field

from engine.sdk import (
    AfterCallContext,
    AfterCallNode,
    CallResult,
    Connection,
    ConnectionField,
    ConnectionKind,
    Effects,
    Naming,
    NodeSettings,
    Permanent,
    StepOutcome,
    marks,
)
from nodes.aftercall.storages import Folder, S3Storage, Storage


class KeepRecordingSettings(NodeSettings):
    connection: str = Field(
        "recordings",
        title="Connection",
        description="Where the files go: a folder, or storage that speaks S3.",
        json_schema_extra=marks(refers="connection:folder|s3"),
    )
    with_result: bool = Field(
        False,
        title="Answers and transcript too",
        description="A second file beside the recording, with the whole result of the call as JSON.",
    )


def _storage(connection: Connection) -> Storage:
    match connection.kind:
        case "folder":
            return Folder(connection)
        case "s3":
            return S3Storage(connection)
        case other:
            raise Permanent(
                f"The connection '{connection.name}' is of kind '{other}'; this card needs a folder or S3 storage."
            )


async def _try_out(connection: Connection) -> str:
    return await asyncio.to_thread(lambda: _storage(connection).try_out())


FOLDER: Final = ConnectionKind(
    "folder",
    "Folder for recordings",
    "keeps copies of recordings in a folder of this machine or of your network",
    (
        ConnectionField(
            "folder",
            "Folder",
            "from the root on; on the machine that does the work behind calls",
            required=True,
            example="/srv/recordings",
        ),
    ),
    test=_try_out,
)
S3: Final = ConnectionKind(
    "s3",
    "S3 storage",
    "keeps copies of recordings at Amazon S3, or at a storage that speaks its language",
    (
        ConnectionField("bucket", "Bucket", "it must be there already", required=True, example="harborline-recordings"),
        ConnectionField("access_key", "Access key", "of a user that may only write into the bucket", required=True),
        ConnectionField("secret_key", "Secret key", "shown once when the key is made", required=True, secret=True),
        ConnectionField("region", "Region", "us-east-1 if not told otherwise", example="eu-central-1"),
        ConnectionField(
            "endpoint", "Address", "for storage that is not Amazon's", example="https://storage.example.com"
        ),
        ConnectionField("folder", "Folder in the bucket", "none: at its top", example="leadline", advanced=True),
    ),
    test=_try_out,
)


class KeepRecording(AfterCallNode[KeepRecordingSettings]):
    type = "keep_recording"
    title = "Keep the recording elsewhere"
    summary = (
        "Copies the recording to a folder or to S3 storage, under the day and the id of the call. "
        "Deleting the call in Leadline does not delete the copy."
    )
    icon = "cloud"
    connection_kinds = (FOLDER, S3)
    effects = Effects(outside=True, budget_s=60.0)

    def describe(self, naming: Naming) -> str:
        what = "the recording and the result" if self.settings.with_result else "the recording"
        return f"Copies {what} to “{self.settings.connection}”"

    async def run(self, ctx: AfterCallContext) -> StepOutcome:
        storage = _storage(ctx.connection(self.settings.connection))
        name = _name(ctx.result)
        recording = ctx.recording()
        kept = []
        if recording is not None:
            kept.append(await asyncio.to_thread(_copy, storage, f"{name}.wav", Path(recording.path)))
        if self.settings.with_result:
            text = ctx.result.model_dump_json(by_alias=True, indent=2).encode()
            kept.append(
                await asyncio.to_thread(storage.put, f"{name}.json", io.BytesIO(text), len(text), "application/json")
            )
        if recording is None:
            why = "declined" if ctx.result.recording.status == "declined" else "not kept, or deleted since"
            told = f"There is no recording: it was {why}."
            return StepOutcome(f"{told} The result is at {kept[0]}." if kept else told, kept[0] if kept else "")
        return StepOutcome(f"Copied to {' and '.join(kept)}.", kept[0], {"files": [*kept]})


def _name(result: CallResult) -> str:
    """The same at every try, so that a repeated copy lands on itself. Days are those of UTC: a place in the world is
    nothing that all calls have."""
    return f"{result.call.started_at.astimezone(UTC):%Y/%m/%d}/{result.call.id}"


def _copy(storage: Storage, name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            return storage.put(name, file, path.stat().st_size, "audio/wav")
    except FileNotFoundError as problem:
        raise Permanent("The recording was deleted while it was copied.") from problem
