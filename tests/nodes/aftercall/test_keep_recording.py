"""Copies of recordings: in a folder, and in a bucket of a real S3 server on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from engine.sdk import Connection, Permanent, Recording, StepOutcome, Transient
from nodes.aftercall.keep_recording import FOLDER, S3, KeepRecording, KeepRecordingSettings
from tests.nodes.aftercall.conftest import Bench
from tests.support.http import Answer, Door

SOUND = bytes(range(256)) * 400


@pytest.fixture
def recorded(bench: Bench, tmp_path: Path) -> Bench:
    path = tmp_path / "data" / "call_31.wav"
    path.parent.mkdir()
    path.write_bytes(SOUND)
    bench.kept = Recording(str(path), 252.0)
    return bench


async def keep(bench: Bench, **settings: object) -> StepOutcome:
    return await KeepRecording(KeepRecordingSettings.model_validate({"connection": "store", **settings})).run(bench)


# -- a folder ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(recorded: Bench, tmp_path: Path) -> Path:
    recorded.book.add("store", "folder", {"folder": str(tmp_path / "office")})
    return tmp_path / "office"


async def test_a_recording_lies_under_the_day_and_the_call(recorded: Bench, folder: Path):
    outcome = await keep(recorded)
    copy = folder / "2026" / "11" / "24" / "call_31.wav"
    assert copy.read_bytes() == SOUND
    assert outcome.note == f"Copied to {copy}."


async def test_a_second_try_leaves_one_copy(recorded: Bench, folder: Path):
    await keep(recorded, with_result=True)
    await keep(recorded, with_result=True)
    files = sorted(path.name for path in folder.rglob("*") if path.is_file())
    assert files == ["call_31.json", "call_31.wav"]


async def test_the_result_goes_beside_the_recording_if_wanted(recorded: Bench, folder: Path):
    await keep(recorded, with_result=True)
    told = json.loads((folder / "2026" / "11" / "24" / "call_31.json").read_text())
    assert told["call"]["id"] == "call_31"
    assert told["call"]["from"] == "+14155550100"


async def test_without_a_recording_there_is_nothing_to_do_and_the_step_says_why(recorded: Bench, folder: Path):
    recorded.kept = None
    recorded.result = recorded.result.model_copy(
        update={"recording": recorded.result.recording.model_copy(update={"status": "declined"})}
    )
    outcome = await keep(recorded)
    assert outcome.note == "There is no recording: it was declined."
    assert not folder.exists()


async def test_nothing_is_written_outside_the_folder(recorded: Bench, folder: Path):
    call = recorded.result.call.model_copy(update={"id": "../../../../escaped"})
    recorded.result = recorded.result.model_copy(update={"call": call})
    with pytest.raises(Permanent, match="outside the folder"):
        await keep(recorded)


async def test_a_folder_that_is_a_file_is_told(recorded: Bench, tmp_path: Path):
    (tmp_path / "file").write_text("")
    recorded.book.add("store", "folder", {"folder": str(tmp_path / "file")})
    with pytest.raises(Permanent, match="no folder"):
        await keep(recorded)


async def test_testing_a_folder_leaves_nothing_there(tmp_path: Path):
    assert FOLDER.test is not None
    told = await FOLDER.test(Connection("store", "folder", {"folder": str(tmp_path / "new")}))
    assert told == f"Files can be written into {tmp_path / 'new'}. Nothing was left there."
    assert list((tmp_path / "new").iterdir()) == []


async def test_a_folder_must_be_named_from_the_root(recorded: Bench):
    recorded.book.add("store", "folder", {"folder": "recordings"})
    with pytest.raises(Permanent, match="from the root on"):
        await keep(recorded)


# -- S3 ----------------------------------------------------------------------------------------------------------------

KEYS = {"access_key": "AKIDEXAMPLE", "secret_key": "wJalrXUtnFEMI-not-a-secret"}


@pytest.fixture(scope="module")
def storage() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(storage: str) -> Iterator[Callable[[str], bytes]]:
    """Reads a file of the bucket, by the vendor's own client."""
    client = boto3.client(
        "s3", endpoint_url=storage, region_name="us-east-1", aws_access_key_id=KEYS["access_key"],
        aws_secret_access_key=KEYS["secret_key"],
    )  # fmt: skip
    client.create_bucket(Bucket="harborline")

    def read(key: str) -> bytes:
        content: bytes = client.get_object(Bucket="harborline", Key=key)["Body"].read()
        return content

    yield read
    for each in client.list_objects_v2(Bucket="harborline").get("Contents", []):
        client.delete_object(Bucket="harborline", Key=each["Key"])
    client.delete_bucket(Bucket="harborline")


def s3(endpoint: str, **changes: str) -> dict[str, str]:
    return {"endpoint": endpoint, "bucket": "harborline", **KEYS, **changes}


async def test_a_bucket_gets_the_recording_once_under_one_name(
    recorded: Bench, storage: str, bucket: Callable[[str], bytes]
):
    recorded.book.add("store", "s3", s3(storage, folder="leadline/calls/"))
    outcome = await keep(recorded)
    again = await keep(recorded)
    assert bucket("leadline/calls/2026/11/24/call_31.wav") == SOUND
    assert outcome.external_id == again.external_id == "s3://harborline/leadline/calls/2026/11/24/call_31.wav"


async def test_a_long_recording_goes_in_several_parts(recorded: Bench, storage: str, bucket: Callable[[str], bytes]):
    long = SOUND * 330  # 33 MB, a quarter of an hour
    assert recorded.kept is not None
    Path(recorded.kept.path).write_bytes(long)
    recorded.book.add("store", "s3", s3(storage))
    await keep(recorded)
    assert bucket("2026/11/24/call_31.wav") == long


async def test_a_bucket_that_is_not_there_is_told_with_what_to_do(recorded: Bench, storage: str):
    recorded.book.add("store", "s3", s3(storage, bucket="elsewhere"))
    with pytest.raises(Permanent, match=r"no bucket “elsewhere”\. Make it there, or correct the name\."):
        await keep(recorded)


async def test_testing_a_bucket_leaves_nothing_there(storage: str, bucket: Callable[[str], bytes]):
    assert S3.test is not None
    told = await S3.test(Connection("store", "s3", s3(storage)))
    assert told == "127.0.0.1 let Leadline in, and files can be written into the bucket “harborline”."
    client = boto3.client(
        "s3", endpoint_url=storage, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    assert "Contents" not in client.list_objects_v2(Bucket="harborline")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bucket": ""}, "names no bucket"),
        ({"secret_key": ""}, "secret key is missing"),
        ({"endpoint": "storage.example.com"}, "must look like https://"),
        ({"endpoint": "http://storage.example.com"}, "for all to hear"),
        ({"endpoint": "https://storage.example.com/bucket"}, "without anything behind it"),
    ],
)
async def test_a_connection_that_cannot_work_says_which_field(recorded: Bench, changes: dict[str, str], words: str):
    recorded.book.add("store", "s3", {**s3("http://127.0.0.1:1"), **changes})
    with pytest.raises(Permanent, match=words):
        await keep(recorded)


def refusal(code: str) -> bytes:
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (503, "SlowDown", Transient, "try again later"),
        (500, "InternalError", Transient, "try again later"),
        (403, "AccessDenied", Permanent, "s3:PutObject"),
        (403, "SignatureDoesNotMatch", Permanent, "Enter them anew"),
        (403, "RequestTimeTooSkewed", Transient, "clock"),
        (400, "EntityTooLarge", Permanent, "refused the file"),
    ],
)
async def test_what_the_storage_refuses_is_told_apart(
    recorded: Bench, status: int, code: str, kind: type[Exception], words: str
):
    async with Door([Answer(status, {"content-type": "application/xml"}, refusal(code))]) as server:
        recorded.book.add("store", "s3", s3(server.url.removesuffix("/hooks")))
        with pytest.raises(kind, match=words) as caught:
            await keep(recorded)
    assert KEYS["secret_key"] not in str(caught.value)


async def test_a_web_page_instead_of_a_storage_is_told(recorded: Bench):
    page = Answer(404, {"content-type": "text/html"}, b"<!doctype html><title>Welcome</title>")
    async with Door([page]) as server:
        recorded.book.add("store", "s3", s3(server.url.removesuffix("/hooks")))
        with pytest.raises(Permanent, match="not as S3 does"):
            await keep(recorded)


async def test_a_storage_that_does_not_answer_is_tried_again_later(recorded: Bench):
    recorded.book.add("store", "s3", s3("http://127.0.0.1:9"))
    with pytest.raises(Transient, match="did not answer"):
        await keep(recorded)
