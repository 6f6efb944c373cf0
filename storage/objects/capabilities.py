"""What a store was seen to do, for the health page and for the tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Each field is the outcome of a trial on a scratch key; a trial that could not be made counts as no."""

    versioning: bool  # what was overwritten can still be read by its version
    object_lock: bool  # a locked version cannot be deleted before its date
    wrong_md5_refused: bool  # a PUT whose Content-MD5 is not that of its bytes
    wrong_sha256_refused: bool  # a PUT whose x-amz-checksum-sha256 is not that of its bytes
    conditional_put: bool  # If-None-Match: * on a key that exists is refused
    etag_is_md5: bool  # so that an ETag proves what the store received
    multipart: bool  # an object sent in parts is read back whole
    etag_of_parts: bool  # …and its ETag is the MD5 of its parts' MD5s, as AWS computes it
