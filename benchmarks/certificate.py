"""A certificate for loopback that nobody else trusts."""

import shutil
import subprocess
from pathlib import Path

from benchmarks.benchmark import CannotMeasure


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Make a certificate and its key, for two days."""
    openssl = shutil.which("openssl")
    if openssl is None:
        raise CannotMeasure(
            "openssl is missing, which makes the certificate of the AWS on loopback"
        )
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(  # noqa: S603 # our own arguments
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key
