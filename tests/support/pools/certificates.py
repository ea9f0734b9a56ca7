"""TLS certificates of test pools, made at run time: one authority, and certificates good or wrong in one way."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import ssl
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = datetime.timedelta(days=1)


class Certificate(StrEnum):
    """What a pool shows. Good ones are for 127.0.0.1 and localhost."""

    GOOD = "signed by the test authority"
    OTHER_KEY = "signed by the test authority, with another key and so another fingerprint"
    WRONG_NAME = "signed by the test authority, for pool.invalid"
    EXPIRED = "signed by the test authority, ended yesterday"
    SELF_SIGNED = "signed by itself"


class Authority:
    """Makes certificates and keeps their files in `folder`. `ca_path`: what a client must trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("MinerConsole test authority")
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = (
            _builder(self._name, self._name, self._key, days=(-2, 2))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
        )
        self.ca_path = folder / "ca.pem"
        self.ca_path.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def context_for(self, kind: Certificate) -> tuple[ssl.SSLContext, str]:
        """Return a server's context and the fingerprint of its certificate (SHA-256 of the DER, lower-case hex)."""
        path, fingerprint = self.make(kind)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context, fingerprint

    def make(self, kind: Certificate) -> tuple[Path, str]:
        """Make a certificate; return the file with it and its key, and its fingerprint."""
        key = ec.generate_private_key(ec.SECP256R1())
        host = "pool.invalid" if kind is Certificate.WRONG_NAME else "localhost"
        subject = _name(host)
        is_self_signed = kind is Certificate.SELF_SIGNED
        days = (-2, -1) if kind is Certificate.EXPIRED else (-2, 2)
        names: list[x509.GeneralName] = [x509.DNSName(host)]
        if kind is not Certificate.WRONG_NAME:
            names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        builder = _builder(subject, subject if is_self_signed else self._name, key, days=days)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        if not is_self_signed:
            issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
            builder = builder.add_extension(issuer, critical=False)
        made = builder.sign(key if is_self_signed else self._key, hashes.SHA256())
        path = self._folder / f"{kind.name.lower()}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
        return path, hashlib.sha256(made.public_bytes(serialization.Encoding.DER)).hexdigest()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, days: tuple[int, int]
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    first, last = days
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + first * _DAY)
        .not_valid_after(now + last * _DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
