"""Places for files: a folder, and storage that speaks S3. Blocking; a file of one name is written once, or over itself.

Both raise `Permanent` for what only a person can mend, `Transient` for what may work later; no message holds a secret.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO, Final, Protocol
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError

from engine.sdk import Connection, Permanent, Transient
from nodes.connect.addresses import written_inside

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PART: Final = 16 * 1024 * 1024  # bytes of a request; longer files go in several
_TIMEOUT: Final = urllib3.Timeout(connect=5.0, read=30.0)
_PASSING: Final = frozenset(
    {"InternalError", "OperationAborted", "RequestTimeout", "ServiceUnavailable", "SlowDown", "TooManyRequests"}
)


class Storage(Protocol):
    def put(self, name: str, content: BinaryIO, size: int, kind: str) -> str:
        """Write a file. `name`: with folders, apart by slashes. `kind`: its media type. Returns where it is."""
        ...

    def try_out(self) -> str:
        """Write a file, take it away again, and say in a sentence that it worked."""
        ...


TRIAL: Final = "leadline-tries-this-connection.txt"


class Folder:
    """A folder on the machine that does the work behind calls."""

    def __init__(self, connection: Connection) -> None:
        """Raises `Permanent`."""
        given = connection.settings.get("folder", "").strip()
        self._folder = Path(given).expanduser()
        if not given or not self._folder.is_absolute():
            raise Permanent(
                f"The connection '{connection.name}' must name its folder from the root on, such as /srv/recordings."
            )

    def put(self, name: str, content: BinaryIO, size: int, kind: str) -> str:
        target = self._folder / name
        if not target.resolve().is_relative_to(self._folder.resolve()):
            raise Permanent(f"The name '{name}' would lie outside the folder.")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            # Written beside and put in place: whoever looks sees the whole file or none.
            with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as fresh:
                try:
                    while piece := content.read(1024 * 1024):
                        fresh.write(piece)
                    fresh.flush()
                    os.fsync(fresh.fileno())
                    Path(fresh.name).chmod(0o640)
                    Path(fresh.name).replace(target)
                except BaseException:
                    Path(fresh.name).unlink(missing_ok=True)
                    raise
        except PermissionError as problem:
            raise Permanent(f"Leadline may not write into {self._folder}. Give its user the right to.") from problem
        except NotADirectoryError as problem:
            raise Permanent(f"{self._folder} is no folder.") from problem
        except OSError as problem:
            raise Transient(f"{self._folder} cannot be written ({problem.strerror or 'unknown reason'}).") from problem
        return str(target)

    def try_out(self) -> str:
        where = self.put(TRIAL, io.BytesIO(b"x"), 1, "text/plain")
        Path(where).unlink(missing_ok=True)
        return f"Files can be written into {self._folder}. Nothing was left there."


class S3Storage:
    """A bucket of a storage that speaks S3: Amazon's, MinIO, Ceph, Cloudflare R2 and others."""

    def __init__(self, connection: Connection) -> None:
        """Raises `Permanent`."""
        given = {name: value.strip() for name, value in connection.settings.items()}
        self._name = connection.name
        self._bucket, self._prefix = given.get("bucket", ""), given.get("folder", "").strip("/")
        address = given.get("endpoint", "") or "https://s3.amazonaws.com"
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise self._wrong("Its address must look like https://storage.example.com, without anything behind it.")
        if parts.scheme == "http" and not written_inside(parts.hostname):
            raise self._wrong("Its address begins with http://, which would send recordings for all to hear.")
        if not _BUCKET.fullmatch(self._bucket):
            raise self._wrong("It names no bucket: small letters, digits, dots and dashes.")
        if not given.get("access_key") or not given.get("secret_key"):
            raise self._wrong("Its access key or its secret key is missing.")
        self._host = parts.hostname
        self._client = Minio(
            parts.netloc,
            given["access_key"],
            given["secret_key"],
            secure=parts.scheme == "https",
            # Named, so that the client does not first ask the storage where the bucket lies: a right of its own there.
            region=given.get("region") or "us-east-1",
            http_client=urllib3.PoolManager(timeout=_TIMEOUT, retries=False, cert_reqs="CERT_REQUIRED"),
        )

    def put(self, name: str, content: BinaryIO, size: int, kind: str) -> str:
        key = f"{self._prefix}/{name}" if self._prefix else name
        try:
            self._client.put_object(self._bucket, key, content, size, kind, part_size=_PART, num_parallel_uploads=1)
        except (MinioException, urllib3.exceptions.HTTPError, OSError) as problem:
            raise self._failure(problem) from problem
        return f"s3://{self._bucket}/{key}"

    def try_out(self) -> str:
        key = f"{self._prefix}/{TRIAL}" if self._prefix else TRIAL
        where = self.put(TRIAL, io.BytesIO(b"x"), 1, "text/plain")
        try:
            self._client.remove_object(self._bucket, key)
        except (MinioException, urllib3.exceptions.HTTPError, OSError):
            # A right to write only is enough for the card, and careful.
            return f"{self._host} took a file, which may not be deleted: you can take {where} away."
        return f"{self._host} let Leadline in, and files can be written into the bucket “{self._bucket}”."

    def _failure(self, problem: Exception) -> Permanent | Transient:
        match problem:
            case S3Error() if problem.code in _PASSING:
                return Transient(f"The storage {self._host} asks to try again later ({problem.code}).")
            case S3Error(code="NoSuchBucket"):
                return self._wrong(f"The storage has no bucket “{self._bucket}”. Make it there, or correct the name.")
            case S3Error(code="AccessDenied" | "AllAccessDisabled"):
                return self._wrong(f"The key may not write into the bucket “{self._bucket}”. Give it s3:PutObject.")
            case S3Error(code="InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "ExpiredToken"):
                return self._wrong("The storage does not know its keys. Enter them anew.")
            case S3Error(code="RequestTimeTooSkewed"):
                return Transient("The clock of this machine is wrong, so the storage refuses its requests. Set it.")
            case S3Error(
                code="AuthorizationHeaderMalformed" | "PermanentRedirect" | "IllegalLocationConstraintException"
            ):
                return self._wrong(f"The bucket “{self._bucket}” lies in another region. Enter its region.")
            case S3Error():
                return Permanent(f"The storage {self._host} refused the file ({problem.code}).")
            case InvalidResponseError() | ServerError() if (
                _status(problem) not in (408, 429) and _status(problem) < 500
            ):
                return self._wrong(f"{self._host} answered {_status(problem)}, not as S3 does. Is this its address?")
            case _:
                return Transient(f"The storage {self._host} did not answer as it should ({type(problem).__name__}).")

    def _wrong(self, words: str) -> Permanent:
        return Permanent(f"The connection '{self._name}' cannot be used. {words}")


def _status(problem: InvalidResponseError | ServerError) -> int:
    # The client keeps the status of an answer that was no XML to itself.
    status: int = problem.status_code if isinstance(problem, ServerError) else problem._code
    return status
